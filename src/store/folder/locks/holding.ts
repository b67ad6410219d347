import { randomBytes } from 'node:crypto';
import { type FileHandle, lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LockFile, lookAtLock } from './lock-file.ts';
import { type Generation, generationsAmong } from './lock-generations.ts';
import type { LockTools } from './lock-tools.ts';
import { beatMs, heldForMs } from './lock-verdict.ts';

/**
 * The locks that one call takes: names of one file, so that one sign of life is one of all of them, and
 * all are released by emptying that file, for which a full disk has room.
 */
export interface Holding {
  readonly value: LockFile;
  readonly draft: string;
  /** Adds a lock file to those that are held. */
  add(resource: string, generation: Generation): void;
  /**
   * Gives a sign of life, and looks whether all locks are still held; `undefined` where they are, else
   * the resource that is lost, for good.
   */
  renew(): Promise<string | undefined>;
  /** The same, where the last sign of life is not recent. */
  renewWhenDue(): Promise<string | undefined>;
  /** The time from now in which nobody else takes the locks. */
  leftMs(): number;
  /** Resolves when the file is empty, or is tried again in the background. */
  release(): Promise<void>;
}

export interface HoldingOptions {
  readonly directory: string;
  readonly tools: LockTools;
  /** Locks in a folder of all users, who may read each other's. */
  readonly isShared: boolean;
}

/** Writes the file of a holding under a passing name, and begins to give signs of life. */
export async function openHolding(
  { directory, tools, isShared }: HoldingOptions,
  value: LockFile & { readonly owner: string },
): Promise<Holding> {
  const { timing, letGo } = tools;
  const { owner } = value;
  const mode = isShared ? 0o644 : 0o600;
  const believes = isShared && tools.uid === 0 ? isOfRoot : async () => true;
  const draft = join(directory, `draft-${randomBytes(8).toString('hex')}`);
  const handle = await open(draft, 'wx', mode);
  const taken = new Map<string, Generation>();
  let isOver = false;
  let lost: string | undefined;
  let last = { nowMs: timing.nowMs(), wallMs: timing.wallMs() };

  const beat = async (): Promise<void> => {
    const now = { nowMs: timing.nowMs(), wallMs: timing.wallMs() };
    await handle.utimes(now.wallMs / 1_000, now.wallMs / 1_000);
    // In this order: whoever takes a lock makes his file first, and then looks for signs of life.
    lost ??= await missingOf({ directory, taken, handle, owner, believes });
    if (lost === undefined) last = now;
  };
  const sinceBeatMs = (): number =>
    // A machine that slept shows it on one of the clocks only.
    Math.max(timing.nowMs() - last.nowMs, timing.wallMs() - last.wallMs);

  try {
    await handle.writeFile(JSON.stringify(value));
    await handle.chmod(mode);
    await beat();
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(draft, { force: true }).catch(() => {});
    throw error;
  }
  const stopBeats = timing.every(beatMs, () => void tick());
  const tick = async (): Promise<void> => {
    if (isOver) await empty();
    else await beat().catch(() => {});
  };
  const empty = async (): Promise<void> => {
    try {
      await handle.truncate(0);
    } catch {
      return;
    }
    stopBeats();
    letGo.delete(value.owner);
    await handle.close().catch(() => {});
  };

  const holding: Holding = {
    value,
    draft,
    add: (resource, generation) => void taken.set(resource, generation),
    async renew() {
      if (!isOver) await beat();
      return lost;
    },
    renewWhenDue: async () =>
      lost === undefined && sinceBeatMs() < beatMs ? undefined : holding.renew(),
    leftMs: () => (isOver || lost !== undefined ? 0 : Math.max(0, heldForMs - sinceBeatMs())),
    async release() {
      if (isOver) return;
      isOver = true;
      letGo.add(value.owner);
      await empty();
    },
  };
  return holding;
}

interface Held {
  readonly directory: string;
  readonly taken: ReadonlyMap<string, Generation>;
  readonly handle: FileHandle;
  readonly owner: string;
  /** Tells whether a file that counts before a held one proves that the lock was overtaken. */
  readonly believes: (file: string) => Promise<boolean>;
}

/** The first resource whose lock file is gone or was overtaken. */
async function missingOf({
  directory,
  taken,
  handle,
  owner,
  believes,
}: Held): Promise<string | undefined> {
  if (taken.size === 0) return undefined;
  const names = await readdir(directory);
  for (const [resource, { number }] of taken) {
    const files = generationsAmong(names, directory, resource);
    if (!files.some((one) => one.number === number)) return resource;
    for (const one of files) {
      if (one.number > number && (await believes(one.file))) return resource;
    }
  }
  // All names are there, but one may be another file's: a folder that was emptied counts anew. Some file
  // systems do not count links as they are made, so a count that is too small proves nothing yet.
  const { nlink } = await handle.stat();
  if (nlink >= taken.size) return undefined;
  for (const [resource, { file }] of taken) {
    const sight = await lookAtLock(file);
    if (sight.kind !== 'kept' || sight.lock?.owner !== owner) return resource;
  }
  return undefined;
}

/** Where every user may put files, those of root alone say that root has lost a lock. */
const isOfRoot = (file: string): Promise<boolean> =>
  lstat(file).then(
    ({ uid }) => uid === 0,
    () => false,
  );
