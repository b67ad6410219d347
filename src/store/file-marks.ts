import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { serverKey, serviceKey } from '../files/plan-schema.ts';
import type { MarkSubject, Marks, OutMark } from '../rollout/ports.ts';
import { ifThere, keeping, namesIn, writeWhole } from './whole-files.ts';

const markSchema = z.strictObject({
  v: z.literal(1),
  table: z.string().max(4_096),
  service: serviceKey,
  server: serverKey,
  reason: z.enum(['operator', 'health']),
  weight: z.int().min(0),
  sinceMs: z.number(),
  rollout: z.string().max(256).exactOptional(),
});

/** Out-of-service marks as files of their own, `DIR/HASH.json`, each written whole or not at all. */
export function createFileMarks(directory: string): Marks {
  const guarded = <T>(work: () => Promise<T>): Promise<Result<T>> =>
    keeping(`the out-of-service marks in ${printable(directory)}`, work);
  return {
    list: () =>
      guarded(async () => {
        const names = await namesIn(directory, '.json');
        const marks = await Promise.all(names.map((name) => readMark(join(directory, name))));
        return marks.flatMap((mark) => mark ?? []);
      }),
    put: (mark) => guarded(() => writeWhole(directory, fileName(mark), { v: 1, ...mark })),
    remove: (subject) => guarded(() => rm(join(directory, fileName(subject)), { force: true })),
  };
}

function fileName({ table, service, server, reason }: MarkSubject): string {
  const subject = JSON.stringify([table, service, server, reason]);
  return `${createHash('sha256').update(subject).digest('hex').slice(0, 32)}.json`;
}

/** `undefined` when it was removed since the folder was listed. */
async function readMark(file: string): Promise<OutMark | undefined> {
  const text = await ifThere(readFile(file, 'utf8'));
  if (text === undefined) return undefined;
  const { v: _, ...mark } = markSchema.parse(JSON.parse(text));
  return mark;
}
