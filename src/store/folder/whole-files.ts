import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { randomHex } from '../../files/hex.ts';

/** Writes a file whole or not at all, for its owner alone, into a folder that is there. */
export const writeWhole = (file: string, text: string): Promise<void> =>
  byDraft(file, (draft) => writeFile(draft, text, { mode: 0o600, flag: 'wx' }));

/** Writes a file whole or not at all, for its owner alone; it is on disk when the write resolves. */
export async function writeLasting(file: string, text: string): Promise<void> {
  await makeLasting(dirname(file));
  await byDraft(file, async (draft) => {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  await syncFolder(dirname(file));
}

async function byDraft(file: string, write: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${file}.${randomHex(8)}`;
  try {
    await write(draft);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
}

/** Makes a folder, and those above it, for its owner alone; a crash takes none of them away again. */
export async function makeLasting(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = resolve(directory); ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === resolve(first) || made === dirname(made)) return;
  }
}

/** Keeps a new file in its folder: a crash could take it out again. */
export async function syncFolder(directory: string): Promise<void> {
  const folder = await open(directory, 'r');
  await folder.sync();
  await folder.close();
}

/** `undefined` for a file or folder that is not there. */
export async function ifThere<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
