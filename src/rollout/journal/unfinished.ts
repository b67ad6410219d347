import { ok, type Result } from '../../domain/failure.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../ports.ts';
import { foldJournal } from '../state/journal.ts';
import { hasBegun } from '../state/ramp-progress.ts';
import type { RolloutState } from '../state/rollout-state.ts';

export type UnfinishedStore = Pick<Store, 'unfinished' | 'list' | 'read'>;

/** Rollouts that have begun and have no final end, from the index and, where that is not whole, from every journal. */
export async function unfinishedRollouts(
  store: UnfinishedStore,
): Promise<Result<readonly RolloutState[]>> {
  const index = await store.unfinished.list();
  if (!index.ok) return index;
  const all = index.value.isWhole ? ok(index.value.rollouts) : await store.list();
  if (!all.ok) return all;
  const states: RolloutState[] = [];
  for (const rollout of all.value) {
    const read = await store.read(rollout);
    // Named before its journal is written, or not to be read by this version: no claim that could be ended.
    if (!read.ok) continue;
    const state = foldJournal(read.value);
    if (!isFinalEnd(state.end) && hasBegun(state)) states.push(state);
  }
  return ok(states);
}

/**
 * Keeps the name of a rollout before its journal begins. The first rollout in a store of an earlier
 * version adds the unfinished ones that are there.
 */
export async function addUnfinished(
  store: UnfinishedStore,
  rollout: string,
): Promise<Result<void>> {
  const whole = await completeIndex(store);
  return whole.ok ? store.unfinished.add(rollout) : whole;
}

/** Makes the index of a store of an earlier version whole. */
export async function completeIndex(store: UnfinishedStore): Promise<Result<void>> {
  const index = await store.unfinished.list();
  if (!index.ok) return index;
  if (index.value.isWhole) return ok(undefined);
  const before = await unfinishedRollouts(store);
  if (!before.ok) return before;
  for (const state of before.value) {
    const added = await store.unfinished.add(state.rollout);
    if (!added.ok) return added;
  }
  return store.unfinished.declareWhole();
}
