import { mkdir } from 'node:fs/promises';
import { type Failure, fail, ok, type Result } from '../../../domain/failure.ts';
import { printable } from '../../../domain/printable.ts';
import { lockedBy, takenOver } from '../../../domain/rollout/lock-refusal.ts';
import { randomHex } from '../../../files/hex.ts';
import type { Lock, LockHolder, Store } from '../../../rollout/ports.ts';
import { gone, stateFailure } from '../folder-failure.ts';
import { type Holding, openHolding } from './holding.ts';
import type { LockFile, LockSight } from './lock-file.ts';
import { FolderAway, type LockFolder, lockFolderAt, type SeenLock } from './lock-folder.ts';
import { generationsAmong, nextGeneration, prefixOf } from './lock-generations.ts';
import { type LockTools, processLockTools } from './lock-tools.ts';
import { judgeHolder, silentMs } from './lock-verdict.ts';
import { sweepDrafts } from './sweep-drafts.ts';

/** A momentary lock is kept for two runs of ipvsadm; a slow one may take seconds. */
const longestMomentMs = 10_000;
const pauseMs = 20;
const watchPauseMs = 500;

type LockTerms = NonNullable<Parameters<Store['lock']>[2]>;

export interface FileLockTerms extends LockTerms {
  /** The name of a resource for people, where it is locked by another. */
  readonly shownAs?: ((resource: string) => string) | undefined;
}

export interface FileLocks extends Pick<Store, 'holder'> {
  lock(resources: readonly string[], rollout: string, terms?: FileLockTerms): Promise<Result<Lock>>;
  /** Tells why the locks of a rollout (all locks where it has none) may not be relied on any more. */
  renew(rollout: string): Promise<Failure | undefined>;
}

export interface FileLockOptions {
  readonly tools?: LockTools | undefined;
  /** Locks that other users may read; the folder is there and safe. */
  readonly isShared?: boolean | undefined;
  /** The state folder of whoever takes locks, for others who are refused. */
  readonly state?: string | undefined;
}

/** Tells how a wait for a lock goes on. */
interface Waiting {
  readonly rollout: string;
  readonly deadlineMs: number;
  /** Files of holders elsewhere, each with the last sign of life and the time when that was seen. */
  readonly watched: Map<string, { readonly beatMs: number; readonly sinceMs: number }>;
}

/**
 * Locks as files `RESOURCE.N`, of which the one with the highest N counts. A lock that was released (an
 * empty file), or whose holder has died, is not removed but overtaken, by making N + 1 with link(2):
 * that fails for all but one of those who try at the same time, whatever they believe they saw.
 */
export function createFileLocks(
  directory: string | LockFolder,
  { tools = processLockTools, isShared = false, state }: FileLockOptions = {},
): FileLocks {
  const { timing } = tools;
  const folder = typeof directory === 'string' ? lockFolderAt(directory) : directory;
  let holdings: readonly Holding[] = [];

  const judge = async ({ lock, beatMs }: Extract<LockSight, { readonly kind: 'kept' }>) => {
    // Released by this process, which had no way to write that down yet.
    if (lock?.owner !== undefined && tools.letGo.has(lock.owner)) return 'dead';
    return judgeHolder(lock, {
      here: await tools.place(),
      startTicks: lock && (await tools.startTicksOf(lock.pid)),
      silenceMs: timing.wallMs() - beatMs,
    });
  };

  const isOwn = (lock: LockFile | undefined, rollout: string): boolean =>
    isShared && lock?.pid === tools.pid && lock.rollout === rollout && !lock.momentary;

  const holderOf = async (lock: LockFile | undefined): Promise<LockHolder> => {
    if (!lock) return somebody;
    const { rollout, pid, sinceMs, momentary, place, actor } = lock;
    const other = (text: string | undefined, own: string | undefined) =>
      text === own ? undefined : text;
    return {
      rollout,
      pid,
      sinceMs,
      momentary,
      actor,
      host: other(place?.host, (await tools.place()).host),
      user: other(lock.user, tools.user),
      state: other(lock.state, state),
    };
  };

  /** A holder that lives, and whether it does anything where the kernel here knows it. */
  const livingOf = async (lock: LockFile | undefined, isKnown = true): Promise<LockHolder> => {
    const isStopped = isKnown && lock !== undefined && (await tools.isStopped?.(lock.pid));
    return { ...(await holderOf(lock)), isStopped: isStopped || undefined };
  };

  /** Tells whether a lock file is in the way: not, for good, or perhaps not much longer. */
  const inTheWay = async (
    shown: string,
    { name, sight }: SeenLock,
    waiting: Waiting,
  ): Promise<'no' | 'yet' | Failure> => {
    if (sight.kind === 'gone' || sight.kind === 'released') return 'no';
    if (sight.kind === 'unreadable') return unreadable(shown, folder.pathOf(name), sight.uid);
    const verdict = await judge(sight);
    if (verdict === 'dead') return 'no';
    if (verdict === 'alive' && isOwn(sight.lock, waiting.rollout)) return lockedTwice(shown);
    // In a folder of all users root does not believe that another user has overtaken his locks.
    const isSurelyAlive = verdict === 'alive' || (isShared && sight.uid === 0 && tools.uid !== 0);
    if (!isSurelyAlive) {
      const before = waiting.watched.get(name);
      if (!before) {
        waiting.watched.set(name, { beatMs: sight.beatMs, sinceMs: timing.nowMs() });
        return 'yet';
      }
      // Any change is a sign of life, whatever the clocks of two machines make of it.
      if (before.beatMs === sight.beatMs)
        return timing.nowMs() - before.sinceMs >= silentMs ? 'no' : 'yet';
    }
    const isForAMoment = sight.lock?.momentary === true && timing.nowMs() <= waiting.deadlineMs;
    return isForAMoment ? 'yet' : lockedBy(shown, await livingOf(sight.lock, verdict === 'alive'));
  };

  /** Tells the same of all files of a lock; one that counts no more may be kept all the same. */
  const anyInTheWay = async (
    shown: string,
    files: readonly SeenLock[],
    waiting: Waiting,
  ): Promise<'no' | 'yet' | Failure> => {
    let all: 'no' | 'yet' = 'no';
    for (const one of files) {
      const answer = await inTheWay(shown, one, waiting);
      if (typeof answer === 'object') return answer;
      if (answer === 'yet') all = 'yet';
    }
    return all;
  };

  const generationsOf = async (resource: string) =>
    generationsAmong(await folder.lookAtAll(prefixOf(resource)), resource);

  const take = async (
    resource: string,
    holding: Holding,
    shown: string,
  ): Promise<Failure | undefined> => {
    const waiting: Waiting = {
      rollout: holding.value.rollout,
      deadlineMs: timing.nowMs() + longestMomentMs,
      watched: new Map(),
    };
    for (;;) {
      const files = await generationsOf(resource);
      const before = await anyInTheWay(shown, files, waiting);
      if (typeof before === 'object') return before;
      if (before === 'yet') {
        await timing.sleep(waiting.watched.size > 0 ? watchPauseMs : pauseMs);
        continue;
      }
      const next = nextGeneration(resource, files);
      if (!(await folder.link(holding.draft, next.name))) continue;
      // Somebody may have been through this and cleaned up since the files were listed, and a holder
      // that was silent may have come back.
      const [highest, ...older] = await generationsOf(resource);
      const after = await anyInTheWay(shown, older, waiting);
      if (highest?.number === next.number && after === 'no') {
        holding.add(resource, next);
        await Promise.all(older.map((one) => folder.remove(one.name)));
        return undefined;
      }
      await folder.remove(next.name);
    }
  };

  const open = async (
    rollout: string,
    { momentary, actor }: Pick<LockTerms, 'momentary' | 'actor'>,
  ): Promise<Holding> => {
    const value = {
      rollout,
      pid: tools.pid,
      startTicks: (await tools.startTicksOf(tools.pid)) ?? '',
      sinceMs: timing.wallMs(),
      released: false,
      momentary: momentary || undefined,
      place: await tools.place(),
      owner: randomHex(12),
      user: tools.user,
      actor,
      state,
    };
    if (!isShared) await mkdir(folder.pathOf(), { recursive: true, mode: 0o700 });
    await sweepDrafts({ folder, wallMs: timing.wallMs(), judge });
    return openHolding({ folder, tools, isShared }, value);
  };

  const holder = async (resource: string): Promise<LockHolder | undefined> => {
    try {
      for (const { sight } of await generationsOf(resource)) {
        if (sight.kind === 'unreadable') return { ...somebody, user: `user ${sight.uid}` };
        if (sight.kind !== 'kept') continue;
        const verdict = await judge(sight);
        if (verdict === 'alive') return await livingOf(sight.lock);
        if (verdict === 'heard') return { ...(await holderOf(sight.lock)), isHeardOf: true };
      }
      return undefined;
    } catch {
      // No folder: nobody has ever locked anything.
      return undefined;
    }
  };

  const lossOf = async (resource: string, shown: string): Promise<Failure> => {
    const files = await generationsOf(resource);
    if (files.length === 0) return stateFailure(folder.pathOf(), new Error(gone));
    return takenOver(shown, await holder(resource));
  };

  return {
    async lock(
      resources,
      rollout,
      { momentary = false, actor, shownAs = (resource: string) => resource } = {},
    ) {
      let holding: Holding | undefined;
      const release = async (): Promise<void> => {
        holdings = holdings.filter((one) => one !== holding);
        await holding?.release();
      };
      try {
        holding = await open(rollout, { momentary, actor });
        for (const resource of [...new Set(resources)].sort()) {
          const refused = await take(resource, holding, shownAs(resource));
          if (!refused) continue;
          await holding.settle();
          await release();
          return fail(refused);
        }
        await holding.settle();
        // Another lock may have been long in coming.
        const lost = await holding.renewWhenDue();
        if (lost !== undefined) {
          await release();
          return fail(takenOver(shownAs(lost), undefined));
        }
        const { leftMs, lost: lostNow } = holding;
        holdings = [...holdings, holding];
        return ok({
          release,
          lockedForMs: leftMs,
          lost: async () => {
            const resource = lostNow();
            return resource === undefined ? undefined : lossOf(resource, shownAs(resource));
          },
        });
      } catch (error) {
        await holding?.settle().catch(() => {});
        await release();
        if (error instanceof FolderAway) return fail(error.failure);
        return fail({
          kind: 'preflight',
          what: `the locks cannot be kept in ${printable(folder.pathOf())}: ${printable((error as Error).message)}`,
          next: isShared
            ? 'make room there, or look whether this user may write there'
            : 'give another folder with --state DIR',
        });
      }
    },
    holder,
    async renew(rollout) {
      const own = holdings.filter(({ value }) => value.rollout === rollout && !value.momentary);
      for (const holding of own.length > 0 ? own : holdings) {
        const lost = await holding.renewWhenDue();
        if (lost === undefined) continue;
        return lossOf(lost, lost);
      }
      return undefined;
    },
  };
}

/** The holder of a lock whose file does not say who it is. */
const somebody: LockHolder = { rollout: 'unknown', pid: 0, sinceMs: 0 };

const lockedTwice = (shown: string): Failure => ({
  kind: 'usage',
  what: `${shown} is locked by this very process already: two of the directors are one table`,
  next: 'name that director once',
});

const unreadable = (resource: string, file: string, uid: number): Failure => ({
  kind: 'conflict',
  what: `${resource} is locked by a file of user ${uid} which this user may not read: ${printable(file)}`,
  next: 'run drain as that user or as root; remove the file only where no drain of that user runs any more',
});
