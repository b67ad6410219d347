import * as z from 'zod';
import type { AroundRecord } from '../domain/around.ts';
import { accessSchema } from '../files/access-schema.ts';
import { gateSetSchema } from '../files/gate-schema.ts';

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
  access: accessSchema,
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

export const isAroundId = (text: string): boolean => id.safeParse(text).success;

export const formatAround = (record: AroundRecord): object => ({ v: 1, ...record });

/** Throws where it is no record of this version. */
export function parseAround(kept: string): AroundRecord {
  const value: unknown = JSON.parse(kept);
  const { v } = z.looseObject({ v: z.unknown() }).parse(value);
  if (typeof v === 'number' && v > 1) throw new Error(`a newer drain wrote it (version ${v})`);
  const { v: _, ...record } = recordSchema.parse(value);
  return record;
}
