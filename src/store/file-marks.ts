import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';
import { serverKey, serviceKey } from '../files/plan-schema.ts';
import type { MarkSubject, Marks, OutMark } from '../rollout/ports.ts';

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
  const fileOf = (subject: MarkSubject): string => join(directory, `${nameOf(subject)}.json`);
  return {
    list: () =>
      guarded(directory, async () => {
        const names = (await filesIn(directory)).filter((name) => name.endsWith('.json')).sort();
        const marks = await Promise.all(names.map((name) => readMark(join(directory, name))));
        return marks.flatMap((mark) => mark ?? []);
      }),
    put: (mark) =>
      guarded(directory, async () => {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        const draft = `${fileOf(mark)}.${process.pid}`;
        const handle = await open(draft, 'w', 0o600);
        try {
          await handle.writeFile(`${JSON.stringify({ v: 1, ...mark })}\n`);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(draft, fileOf(mark));
        await syncFolder(directory);
      }),
    remove: (subject) =>
      guarded(directory, async () => {
        await rm(fileOf(subject), { force: true });
      }),
  };
}

const nameOf = ({ table, service, server, reason }: MarkSubject): string =>
  createHash('sha256')
    .update(JSON.stringify([table, service, server, reason]))
    .digest('hex')
    .slice(0, 32);

/** `undefined` when it was removed since the folder was listed. */
async function readMark(file: string): Promise<OutMark | undefined> {
  const text = await ifThere(readFile(file, 'utf8'));
  if (text === undefined) return undefined;
  const { v: _, ...mark } = markSchema.parse(JSON.parse(text));
  return mark;
}

const filesIn = async (directory: string): Promise<readonly string[]> =>
  (await ifThere(readdir(directory))) ?? [];

async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A file that a crash takes out of its folder again would be no mark. */
async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  await folder.sync();
  await folder.close();
}

async function guarded<T>(directory: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    const why = error instanceof z.ZodError ? 'a mark is not as this version writes it' : error;
    return fail({
      kind: 'preflight',
      what: `the out-of-service marks in ${printable(directory)} cannot be used: ${printable(why instanceof Error ? why.message : String(why))}`,
      next: 'look into that folder, make room, or give another one with --state DIR',
    });
  }
}
