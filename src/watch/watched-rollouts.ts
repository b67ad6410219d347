import { type Failure, ok, type Result } from '../domain/failure.ts';
import { isOver } from '../domain/rollout/rollout-status.ts';
import type { Store } from '../rollout/ports.ts';
import {
  type RolloutWatch,
  type SeenRollout,
  type TraceWanted,
  type WatchedStore,
  watchRollout,
} from './watch-rollout.ts';

export interface WatchOptions {
  /** Traces of rollouts in progress are read. */
  readonly readsTraces: boolean;
  /**
   * Rollouts that are over: `'let-go'` keeps only their locks, and watches a resumed one from the
   * beginning; `'shown'` reads their journals, and the traces of the latest.
   */
  readonly ended: 'let-go' | 'shown';
  /** A journal in which nothing new shows is read again after this time at the latest. */
  readonly rereadMs: number;
  /** Number of the latest rollouts that are read again and again although they are over. */
  readonly latest: number;
  /**
   * Bounds how many other rollouts are read; without a bound all are. Where the store knows which are not
   * over, those are read, and no others.
   */
  readonly bound?: { readonly inFirstRound: number; readonly inTurn: number } | undefined;
}

/** The rollouts of a store, as seen in one round. */
export interface Round {
  /** All ids, the latest first; where the store knows which are not over those, and the latest. */
  readonly ids: readonly string[];
  /** Rollouts in progress, and the others that were read, the latest first. */
  readonly seen: readonly SeenInRound[];
  /** Rollouts that cannot be read now. */
  readonly failures: readonly UnreadRollout[];
}

export interface SeenInRound extends SeenRollout {
  /** The rollout began after the first round. */
  readonly isNew: boolean;
}

export interface UnreadRollout {
  readonly rollout: string;
  readonly failure: Failure;
  /** Failed readings in a row. */
  readonly tries: number;
}

/**
 * Time after which a rollout that is over is read again: somebody may resume it or roll it back.
 */
const restMs = 5_000;

/** Failed readings after which a journal rests like one of a rollout that is over. */
export const mostTries = 5;

interface Watched {
  readonly watch: RolloutWatch;
  readonly isNew: boolean;
  readonly inProgress: boolean;
  readonly lookedAtMs: number;
  readonly unread?: UnreadRollout | undefined;
}

/** A store whose rollouts are watched; it may know which of them are not over. */
export type WatchedRollouts = WatchedStore &
  Pick<Store, 'list'> & { readonly unfinished?: Pick<Store['unfinished'], 'list'> };

/**
 * Watches the rollouts of a store: those in progress in every round, those that are over now and
 * then, because an old one can be resumed, and none of them twice for the same news.
 */
export function watchRollouts(
  store: WatchedRollouts,
  options: WatchOptions,
): (nowMs: number) => Promise<Result<Round>> {
  const { latest, bound, ended } = options;
  const watched = new Map<string, Watched>();
  let rounds = 0;
  let turn = 0;

  const inTurn = (others: readonly string[]): readonly string[] => {
    if (!bound)
      return others.filter(
        (id) => (watched.get(id)?.unread?.tries ?? mostTries) < mostTries || !watched.has(id),
      );
    const chosen = others.slice(turn, turn + bound.inTurn);
    turn = turn + bound.inTurn < others.length ? turn + bound.inTurn : 0;
    return chosen;
  };

  const inProgressOf = (ids: readonly string[]): readonly string[] =>
    ids.filter((id) => watched.get(id)?.inProgress);

  /** The rollouts that are not over, where the store knows them; what it costs is what is unfinished. */
  const unfinished = async (): Promise<readonly string[] | undefined> => {
    const index = bound && (await store.unfinished?.list());
    return index?.ok && index.value.isWhole ? index.value.rollouts : undefined;
  };

  /** The latest, and every other that is not over or was not in the round before; the latest first. */
  const withUnfinished = (
    latestIds: readonly string[],
    open: readonly string[],
  ): readonly string[] =>
    [...new Set([...latestIds, ...open, ...inProgressOf([...watched.keys()])])].sort().reverse();

  const choose = (ids: readonly string[]): ReadonlySet<string> => {
    const atOnce = rounds > 1 ? latest : (bound?.inFirstRound ?? ids.length);
    const others = ids.slice(atOnce);
    return new Set([...ids.slice(0, atOnce), ...inProgressOf(others), ...inTurn(others)]);
  };

  const rests = ({ inProgress, lookedAtMs, unread }: Watched, nowMs: number): boolean =>
    !inProgress && (unread?.tries ?? mostTries) >= mostTries && nowMs - lookedAtMs < restMs;

  const traceOf = (id: string, ids: readonly string[]): TraceWanted => {
    if (!options.readsTraces) return 'never';
    return ended === 'shown' && ids.indexOf(id) < latest ? 'always' : 'in-progress';
  };

  /** Tells whether a rollout that was let go of has nothing to see: no process has its locks. */
  const isQuiet = async (id: string, one: Watched, nowMs: number): Promise<boolean> => {
    if (ended === 'shown' || one.unread || (await one.watch.isLocked())) return false;
    watched.set(id, { ...one, lookedAtMs: nowMs });
    return true;
  };

  const look = async (
    id: string,
    ids: readonly string[],
    nowMs: number,
  ): Promise<SeenInRound | undefined> => {
    const before = watched.get(id);
    if (before && rests(before, nowMs)) return undefined;
    if (before && !before.inProgress && (await isQuiet(id, before, nowMs))) return undefined;
    const isAgain = before !== undefined && !before.inProgress && ended === 'let-go';
    const watch = before && !isAgain ? before.watch : watchRollout(store, id, options);
    const isKnown = before && (before.inProgress || !before.unread);
    const isNew = isKnown ? before.isNew : rounds > 1;
    const seen = await watch.look(nowMs, traceOf(id, ids));
    if (!seen.ok) {
      // Named before its journal is there, or pruned since: no list of journals has it.
      if (seen.failure.code === 'no-such-rollout') {
        watched.delete(id);
        return undefined;
      }
      const tries = (before?.unread?.tries ?? 0) + 1;
      const unread = { rollout: id, failure: seen.failure, tries };
      const inProgress = before?.inProgress ?? false;
      watched.set(id, { watch, isNew, inProgress, lookedAtMs: nowMs, unread });
      return undefined;
    }
    const inProgress = !isOver(seen.value.status);
    if (!inProgress) watch.rest();
    // What is over is known: when it goes on it is nothing that has just begun.
    watched.set(id, { watch, isNew: isNew && inProgress, inProgress, lookedAtMs: nowMs });
    return { ...seen.value, isNew };
  };

  return async (nowMs) => {
    const open = await unfinished();
    const listed = await store.list(open && latest);
    if (!listed.ok) return listed;
    const ids = open ? withUnfinished(listed.value.slice(0, latest), open) : listed.value;
    rounds++;
    const there = new Set(ids);
    for (const id of watched.keys()) if (!there.has(id)) watched.delete(id);
    const seen: SeenInRound[] = [];
    const chosen = open ? new Set(ids) : choose(ids);
    // One after another: nobody's rollout is to wait for the disk because of who watches.
    for (const id of ids) {
      if (!chosen.has(id)) continue;
      const one = await look(id, ids, nowMs);
      if (one) seen.push(one);
    }
    const failures = ids.flatMap((id) => watched.get(id)?.unread ?? []);
    return ok({ ids, seen, failures });
  };
}
