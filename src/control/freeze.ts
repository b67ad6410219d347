import type { EventBody } from '../domain/events/event.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import { isSimulated } from '../domain/places/director-access.ts';
import {
  type Freeze,
  freezeId,
  freezeText,
  frozenFailure,
  isInForce,
} from '../domain/rollout/freeze.ts';
import { unfinishedRollouts } from '../rollout/journal/unfinished.ts';
import type { Store } from '../rollout/ports.ts';
import { processOf } from '../watch/watch-rollout.ts';
import type { OpenFleet } from './ports.ts';

/** The freeze in force, if one is. */
export async function freezeNow(
  { freezes }: Pick<Store, 'freezes'>,
  nowMs: number,
): Promise<Result<Freeze | undefined>> {
  const read = await freezes.read(freezeId);
  return read.ok && read.value && !isInForce(read.value, nowMs) ? ok(undefined) : read;
}

/**
 * Keeps everybody from starting a rollout, until the freeze ends. Returns the rollouts that run: they go
 * on. A freeze of somebody else is replaced only with `overrides`.
 */
export async function freeze(
  store: Store,
  { wanted, overrides }: { readonly wanted: Freeze; readonly overrides: boolean },
): Promise<Result<readonly string[]>> {
  const before = await freezeNow(store, wanted.sinceMs);
  if (!before.ok) return before;
  if (before.value && !overrides) return fail(frozenAlready(before.value));
  const put = await store.freezes.put(wanted);
  if (!put.ok) return put;
  const unfinished = await unfinishedRollouts(store);
  if (!unfinished.ok) return unfinished;
  const running: string[] = [];
  for (const state of unfinished.value) {
    if (await processOf(store, state)) running.push(state.rollout);
  }
  return ok(running);
}

/** Ends the freeze. Returns it, where one was in force. */
export async function unfreeze(
  store: Pick<Store, 'freezes'>,
  nowMs: number,
): Promise<Result<Freeze | undefined>> {
  const before = await freezeNow(store, nowMs);
  if (!before.ok) return before;
  const removed = await store.freezes.remove(freezeId);
  return removed.ok ? before : removed;
}

/**
 * The way of a start past a freeze: somebody insists, or a rollout that had begun only changes the process
 * that carries it out.
 */
export type PastFreeze = 'override' | 'was-running';

/** Refuses a start while a freeze is in force. Returns the words on one that is gone past. */
export async function heedFreeze(
  store: Pick<Store, 'freezes'>,
  { access, clock }: Pick<OpenFleet, 'access' | 'clock'>,
  past: PastFreeze | undefined,
  /** The time of a start that is to come later. */
  startsAtMs = 0,
): Promise<Result<string | undefined>> {
  if (past === 'was-running') return ok(undefined);
  // A simulated director has a time of its own, and a freeze that of the wall.
  const nowMs = isSimulated(access) ? Date.now() : clock.nowMs();
  const found = await freezeNow(store, Math.max(nowMs, startsAtMs));
  const failure = found.ok ? found.value && frozenFailure(found.value) : found.failure;
  if (!failure) return ok(undefined);
  return past === 'override' ? ok(`started with --override: ${failure.what}`) : fail(failure);
}

/** The event by which a rollout records that it went past a freeze. */
export const overriddenWarning = (message: string): EventBody => ({
  type: 'warning',
  code: 'freeze-overridden',
  message,
});

const frozenAlready = (freeze: Freeze): Failure => ({
  kind: 'conflict',
  what: `rollouts are ${freezeText(freeze)}`,
  next: ['end that freeze first: ', ['unfreeze'], '; or put this one in its place with --override'],
});
