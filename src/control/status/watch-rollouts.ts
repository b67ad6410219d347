import type { Failure } from '../../domain/failure.ts';
import type { Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import {
  createFollower,
  type Followed,
  type FollowedStore,
  type Follower,
  runningPid,
} from './watch-rollout.ts';

/** A journal that cannot be read may be about to be written; one that stays so is told once. */
const mostTries = 5;
/** Of those that are over, the latest may be gone back on. */
const mostRevivable = 20;
const revivalEvery = 5;

export interface Refreshed {
  readonly followed: readonly Followed[];
  readonly failures: readonly Failure[];
}

/** Follows all rollouts that are not over, and those that begin or go on meanwhile. */
export function createRolloutWatch(
  store: FollowedStore & Pick<Store, 'list'>,
): (nowMs: number) => Promise<Refreshed> {
  const followers = new Map<string, Follower>();
  const over = new Set<string>();
  /** The latest last. */
  const revivable = new Map<string, RolloutState>();
  const tries = new Map<string, number>();
  let round = 0;

  const end = (state: RolloutState): void => {
    over.add(state.rollout);
    revivable.set(state.rollout, state);
    const [oldest] = revivable.keys();
    if (revivable.size > mostRevivable && oldest !== undefined) revivable.delete(oldest);
  };

  const begin = (rollout: string, hasJustBegun: boolean): void => {
    followers.set(rollout, createFollower(store, rollout, { hasJustBegun }));
  };

  const lookForRevived = async (): Promise<void> => {
    for (const state of [...revivable.values()]) {
      if ((await runningPid(store, state)) === undefined) continue;
      revivable.delete(state.rollout);
      begin(state.rollout, false);
    }
  };

  const meet = async (rollout: string): Promise<Failure | undefined> => {
    const read = await store.read(rollout);
    if (!read.ok) {
      const tried = (tries.get(rollout) ?? 0) + 1;
      tries.set(rollout, tried);
      return tried === mostTries ? read.failure : undefined;
    }
    const state = foldJournal(read.value);
    if (state.end && state.end.outcome !== 'held') end(state);
    // What is there in the first round was there before.
    else begin(rollout, round > 1);
    return undefined;
  };

  return async (nowMs) => {
    const ids = await store.list();
    if (!ids.ok) return { followed: [], failures: [ids.failure] };
    round++;
    if (round % revivalEvery === 0) await lookForRevived();
    const failures: Failure[] = [];
    for (const id of [...ids.value].reverse()) {
      if (followers.has(id) || over.has(id) || (tries.get(id) ?? 0) >= mostTries) continue;
      const failure = await meet(id);
      if (failure) failures.push(failure);
    }
    const followed: Followed[] = [];
    for (const [id, follower] of followers) {
      const seen = await follower.refresh(nowMs);
      if (!seen.ok) {
        failures.push(seen.failure);
        continue;
      }
      followed.push(seen.value);
      if (!seen.value.watched.isOver) continue;
      followers.delete(id);
      end(seen.value.state);
    }
    return { followed, failures };
  };
}
