import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ok, type Result } from '../domain/failure.ts';
import { localTable } from '../domain/rollout/local-table.ts';
import { realServer, serverKey, serviceKey } from '../files/plan-schema.ts';
import { timeMs } from '../files/time-schema.ts';
import type { MaintenanceMark, MarkSubject, Marks } from '../rollout/ports.ts';
import { type Place, readDocument } from './place.ts';

const schema = z
  .strictObject({
    v: z.literal(1),
    table: z.string().max(4_096),
    service: serviceKey,
    server: serverKey,
    reason: z.enum(['operator', 'health']),
    weight: z.int().min(0),
    sinceMs: timeMs,
    rollout: z.string().max(256).exactOptional(),
    row: z.strictObject({ server: realServer, expireNodestConn: z.int() }).exactOptional(),
  })
  .transform(({ v: _, ...mark }): MaintenanceMark => mark);

/**
 * Maintenance marks as documents, one a subject. Earlier versions named a table by the words that called
 * its ipvsadm, whichever; such a mark has today's name, and goes with the next of its subject.
 */
export function createMarks(place: Place): Marks {
  /** Documents under earlier names of their subject, by the name that it has today. */
  let earlier: ReadonlyMap<string, readonly string[]> | undefined;

  const list = async (): Promise<Result<readonly MaintenanceMark[]>> => {
    const kept = await place.list();
    if (!kept.ok) return kept;
    const marks = new Map<string, MaintenanceMark>();
    const aliases = new Map<string, readonly string[]>();
    for (const one of kept.value) {
      const read = readDocument(place, one, { schema, newest: 1 });
      if (!read.ok) return read;
      const mark = { ...read.value, table: localTable(read.value.table) };
      const name = markName(mark);
      if (mark.table !== read.value.table)
        aliases.set(name, [...(aliases.get(name) ?? []), one.name]);
      if (mark.table === read.value.table || !marks.has(name)) marks.set(name, mark);
    }
    earlier = aliases;
    return ok([...marks.values()]);
  };
  const removeEarlier = async (name: string): Promise<Result<void>> => {
    const listed = earlier ? ok([]) : await list();
    if (!listed.ok) return listed;
    for (const old of earlier?.get(name) ?? []) {
      const removed = await place.remove(old);
      if (!removed.ok) return removed;
    }
    return ok(undefined);
  };

  return {
    list,
    async put(mark) {
      const put = await place.put(markName(mark), JSON.stringify({ v: 1, ...mark }), {
        rollout: mark.rollout,
      });
      return put.ok ? removeEarlier(markName(mark)) : put;
    },
    async remove(subject): Promise<Result<void>> {
      const removed = await place.remove(markName(subject));
      return removed.ok ? removeEarlier(markName(subject)) : removed;
    },
  };
}

/** The one name of a subject, fit for files and keys. */
export function markName({ table, service, server, reason }: MarkSubject): string {
  const subject = JSON.stringify([table, service, server, reason]);
  return createHash('sha256').update(subject).digest('hex').slice(0, 32);
}
