import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { gateSetSchema } from '../files/gate-schema.ts';
import type { AroundRecord } from '../rollout/around.ts';
import type { Arounds } from '../rollout/ports.ts';

const text = z.string().max(65_536);
const id = z.string().regex(/^[0-9a-z-]{1,64}$/);
const port = z.int().min(0).max(65_535).exactOptional();
const options = z.record(
  z.string().max(64),
  z.strictObject({
    values: z.array(text),
    where: text,
    check: gateSetSchema.shape.check,
  }),
);

const recordSchema = z.strictObject({
  v: z.literal(1),
  around: id,
  startedMs: z.number(),
  access: z.strictObject({ where: text, ipvsadm: text }),
  command: z.tuple([text], text),
  commandTimeoutMs: z.number().min(0).exactOptional(),
  force: z.boolean(),
  checkTimeout: text.exactOptional(),
  options: z.strictObject({ out: options, in: options }),
  batches: z.array(
    z.strictObject({
      phase: z.enum(['waiting', 'out', 'command', 'in', 'done']),
      servers: z.array(
        z.strictObject({
          address: z.string().max(64),
          name: z.strictObject({ address: z.string().max(64), port }),
          port,
          isCommandDone: z.boolean(),
          process: z
            .strictObject({ pid: z.int().min(1), startTicks: z.string().max(32) })
            .exactOptional(),
        }),
      ),
    }),
  ),
  end: z
    .strictObject({
      outcome: z.enum(['done', 'held', 'rolled-back']),
      exitCode: z.int().min(0).max(255),
      message: text,
    })
    .exactOptional(),
});

/** Records of `drain around` as files of their own, `DIR/ID.json`, each written whole or not at all. */
export function createFileArounds(directory: string): Arounds {
  const fileOf = (around: string): string => join(directory, `${around}.json`);
  return {
    list: () =>
      guarded(directory, async () => {
        const names = (await ifThere(readdir(directory))) ?? [];
        return names
          .filter((name) => name.endsWith('.json'))
          .map((name) => name.slice(0, -'.json'.length))
          .sort()
          .reverse();
      }),
    read: (around) =>
      guarded(fileOf(printable(around)), async () => {
        if (!id.safeParse(around).success) return undefined;
        const kept = await ifThere(readFile(fileOf(around), 'utf8'));
        return kept === undefined ? undefined : parseRecord(kept);
      }),
    put: (record) =>
      guarded(fileOf(record.around), async () => {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const draft = `${fileOf(record.around)}.${process.pid}`;
        const handle = await open(draft, 'w', 0o600);
        try {
          await handle.writeFile(`${JSON.stringify({ v: 1, ...record })}\n`);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(draft, fileOf(record.around));
        // A file that a crash takes out of its folder again would be no record.
        const folder = await open(directory, 'r');
        await folder.sync();
        await folder.close();
      }),
  };
}

function parseRecord(kept: string): AroundRecord {
  const value: unknown = JSON.parse(kept);
  const { v } = z.looseObject({ v: z.unknown() }).parse(value);
  if (typeof v === 'number' && v > 1) throw new Error(`a newer drain wrote it (version ${v})`);
  const { v: _, ...record } = recordSchema.parse(value);
  return record;
}

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function guarded<T>(place: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    const why = error instanceof z.ZodError ? 'it is not as this version writes it' : error;
    return fail({
      kind: 'preflight',
      what: `the record of drain around in ${printable(place)} cannot be used: ${printable(why instanceof Error ? why.message : String(why))}`,
      next: 'look at that file, make room, or give another folder with --state DIR',
    });
  }
}
