import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Failure } from '../../../domain/failure.ts';
import { removeIfAllowed } from '../folder-failure.ts';
import { type LockSight, lookAtLock } from './lock-file.ts';
import { linked } from './lock-generations.ts';

/** A folder of lock files: one of this machine, or one that a shell reaches on another. */
export interface LockFolder {
  /** The path of a file for people: `/run/drain/NAME`, `lb1:/run/drain/NAME`. */
  pathOf(name?: string): string;
  /** The names of all files. */
  names(): Promise<readonly string[]>;
  lookAt(name: string): Promise<LockSight>;
  /** The files whose names begin so, each with a look at it. */
  lookAtAll(prefix: string): Promise<readonly SeenLock[]>;
  /** Makes a file, under a passing name that nobody has. */
  create(draft: NewLock): Promise<KeptLock>;
  /** Links a file to one more name; false when that is taken. */
  link(draft: string, name: string): Promise<boolean>;
  /** Removes a file that may be gone already, as far as this user may. */
  remove(name: string): Promise<void>;
  /** The number of the user whose file it is; `undefined` for no file. */
  ownerOf(name: string): Promise<number | undefined>;
}

/** A folder that cannot be reached now, on a machine that does not answer. */
export class FolderAway extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.what);
    this.failure = failure;
  }
}

export interface SeenLock {
  readonly name: string;
  readonly sight: LockSight;
}

export interface NewLock {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
  /** The time of its first sign of life. */
  readonly wallMs: number;
}

/** A file of one's own, known as the file that it is, whatever becomes of its names. */
export interface KeptLock {
  /** Gives a sign of life, and then lists the folder. */
  beat(wallMs: number): Promise<Inventory>;
  /** Gives the passing name up, where the file is known without it. */
  settle(): Promise<void>;
  empty(): Promise<void>;
  /** Ends what is done with the file; rejects never. */
  close(): Promise<void>;
}

export interface Inventory {
  readonly names: readonly string[];
  /** The names of the file itself, but for the passing one after `settle`. */
  readonly links: number;
}

/** A folder of this machine. */
export const lockFolderAt = (directory: string): LockFolder => ({
  pathOf: (name) => (name === undefined ? directory : join(directory, name)),
  names: () => readdir(directory),
  lookAt: (name) => lookAtLock(join(directory, name)),
  async lookAtAll(prefix) {
    const names = (await readdir(directory)).filter((name) => name.startsWith(prefix));
    const seen: SeenLock[] = [];
    for (const name of names) seen.push({ name, sight: await lookAtLock(join(directory, name)) });
    return seen;
  },
  create: (draft) => createIn(directory, draft),
  link: (draft, name) => linked(join(directory, draft), join(directory, name)),
  remove: (name) => removeIfAllowed(join(directory, name)),
  ownerOf: (name) =>
    lstat(join(directory, name)).then(
      ({ uid }) => uid,
      () => undefined,
    ),
});

async function createIn(
  directory: string,
  { name, text, mode, wallMs }: NewLock,
): Promise<KeptLock> {
  const draft = join(directory, name);
  const handle = await open(draft, 'wx', mode);
  const touch = (ms: number) => handle.utimes(ms / 1_000, ms / 1_000);
  const close = () => handle.close().catch(() => {});
  try {
    await handle.writeFile(text);
    await handle.chmod(mode);
    await touch(wallMs);
  } catch (error) {
    await close();
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
  return {
    async beat(ms) {
      await touch(ms);
      const names = await readdir(directory);
      return { names, links: (await handle.stat()).nlink };
    },
    settle: () => rm(draft, { force: true }),
    empty: () => handle.truncate(0),
    close,
  };
}
