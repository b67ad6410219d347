import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';

/** Writes `DIR/NAME` whole or not at all, for its owner alone, and on disk before it resolves. */
export async function writeWhole(directory: string, name: string, value: object): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, name);
  const draft = `${file}.${process.pid}`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(value)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await syncFolder(directory);
}

/** So that a crash does not take a new file out of its folder again. */
export async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  await folder.sync();
  await folder.close();
}

/** Names that end so, sorted; a folder that is not there has none. */
export async function namesIn(directory: string, ending: string): Promise<readonly string[]> {
  const names = (await ifThere(readdir(directory))) ?? [];
  return names.filter((name) => name.endsWith(ending)).sort();
}

/** `undefined` for what does not exist. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What goes wrong with `what` becomes a failure. */
export async function keeping<T>(what: string, work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (error) {
    const why =
      error instanceof z.ZodError
        ? 'a file is not as this version writes it'
        : error instanceof Error
          ? error.message
          : String(error);
    return fail({
      kind: 'preflight',
      what: `${what} cannot be used: ${printable(why)}`,
      next: 'look into that folder, make room, or give another one with --state DIR',
    });
  }
}
