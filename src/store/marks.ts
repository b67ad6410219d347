import { createHash } from 'node:crypto';
import * as z from 'zod';
import { ok, type Result } from '../domain/failure.ts';
import { serverKey, serviceKey } from '../files/plan-schema.ts';
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
    sinceMs: z.number(),
    rollout: z.string().max(256).exactOptional(),
  })
  .transform(({ v: _, ...mark }): MaintenanceMark => mark);

/** Maintenance marks as documents, one a subject. */
export function createMarks(place: Place): Marks {
  return {
    async list() {
      const kept = await place.list();
      if (!kept.ok) return kept;
      const marks: MaintenanceMark[] = [];
      for (const one of kept.value) {
        const mark = readDocument(place, one, { schema, newest: 1 });
        if (!mark.ok) return mark;
        marks.push(mark.value);
      }
      return ok(marks);
    },
    put: (mark) =>
      place.put(nameOf(mark), JSON.stringify({ v: 1, ...mark }), { rollout: mark.rollout }),
    async remove(subject): Promise<Result<void>> {
      const removed = await place.remove(nameOf(subject));
      return removed.ok ? ok(undefined) : removed;
    },
  };
}

/** The one name of a subject, fit for files and keys. */
function nameOf({ table, service, server, reason }: MarkSubject): string {
  const subject = JSON.stringify([table, service, server, reason]);
  return createHash('sha256').update(subject).digest('hex').slice(0, 32);
}
