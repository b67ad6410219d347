import { randomHex } from '../../../files/hex.ts';
import type { LockFile } from './lock-file.ts';
import type { Inventory, LockFolder } from './lock-folder.ts';
import { type Generation, generationsAmong } from './lock-generations.ts';
import type { LockTools } from './lock-tools.ts';
import { beatMs, heldForMs } from './lock-verdict.ts';

/**
 * The locks that one call takes: names of one file, so that one sign of life is one of all of them, and
 * all are released by emptying that file, for which a full disk has room.
 */
export interface Holding {
  readonly value: LockFile;
  /** The passing name of the file. */
  readonly draft: string;
  /** Gives the passing name up: all locks are taken, or none. */
  settle(): Promise<void>;
  /** The resource that is lost, as far as it is known; for good. */
  lost(): string | undefined;
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
  readonly folder: LockFolder;
  readonly tools: LockTools;
  /** Locks in a folder of all users, who may read each other's. */
  readonly isShared: boolean;
}

/** Writes the file of a holding under a passing name, and begins to give signs of life. */
export async function openHolding(
  { folder, tools, isShared }: HoldingOptions,
  value: LockFile & { readonly owner: string },
): Promise<Holding> {
  const { timing, letGo } = tools;
  const { owner } = value;
  // Where every user may put files, those of root alone say that root has lost a lock.
  const believes = async (name: string): Promise<boolean> =>
    !isShared || tools.uid !== 0 || (await folder.ownerOf(name)) === 0;
  const draft = `draft-${randomHex(8)}`;
  const taken = new Map<string, Generation>();
  let isOver = false;
  let lost: string | undefined;
  let last = { nowMs: timing.nowMs(), wallMs: timing.wallMs() };
  const mode = isShared ? 0o644 : 0o600;
  const text = JSON.stringify(value);
  const file = await folder.create({ name: draft, text, mode, wallMs: last.wallMs });

  let underWay: Promise<void> | undefined;
  const beat = async (): Promise<void> => {
    const now = { nowMs: timing.nowMs(), wallMs: timing.wallMs() };
    // In this order: whoever takes a lock makes his file first, and then looks for signs of life.
    const held = new Map(taken);
    const found = await file.beat(now.wallMs);
    lost ??= await missingOf({ folder, taken: held, found, owner, believes });
    if (lost === undefined) last = now;
  };
  const sinceBeatMs = (): number =>
    // A machine that slept shows it on one of the clocks only.
    Math.max(timing.nowMs() - last.nowMs, timing.wallMs() - last.wallMs);

  const stopBeats = timing.every(beatMs, () => void tick());
  const tick = async (): Promise<void> => {
    if (isOver) return empty();
    // Another machine may take its time to answer.
    underWay ??= beat()
      .catch(() => {})
      .finally(() => {
        underWay = undefined;
      });
    await underWay;
  };
  const empty = async (): Promise<void> => {
    try {
      await file.empty();
    } catch {
      return;
    }
    stopBeats();
    letGo.delete(value.owner);
    await file.close();
  };

  const holding: Holding = {
    value,
    draft,
    settle: () => file.settle(),
    lost: () => lost,
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
  readonly folder: LockFolder;
  readonly taken: ReadonlyMap<string, Generation>;
  readonly found: Inventory;
  readonly owner: string;
  /** Tells whether a file that counts before a held one proves that the lock was overtaken. */
  readonly believes: (name: string) => Promise<boolean>;
}

/** The first resource whose lock file is gone or was overtaken. */
async function missingOf({
  folder,
  taken,
  found,
  owner,
  believes,
}: Held): Promise<string | undefined> {
  const files = found.names.map((name) => ({ name }));
  for (const [resource, { number }] of taken) {
    const own = generationsAmong(files, resource);
    if (!own.some((one) => one.number === number)) return resource;
    for (const one of own) {
      if (one.number > number && (await believes(one.name))) return resource;
    }
  }
  // All names are there, but one may be another file's: a folder that was emptied counts anew. Some file
  // systems do not count links as they are made, so a count that is too small proves nothing yet.
  if (found.links >= taken.size) return undefined;
  for (const [resource, { name }] of taken) {
    const sight = await folder.lookAt(name);
    if (sight.kind !== 'kept' || sight.lock?.owner !== owner) return resource;
  }
  return undefined;
}
