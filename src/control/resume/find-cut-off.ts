import { ok, type Result } from '../../domain/failure.ts';
import { resourcesOf } from '../../domain/rollout/rollout-locks.ts';
import { isForTakeOver, isOver } from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import { watchRollouts } from '../../watch/watched-rollouts.ts';
import type { Audience } from '../audience.ts';

export interface CutOff {
  readonly rollout: string;
  /** The locks of the rollout. */
  readonly resources: readonly string[];
  /** Whether somebody had paused the rollout. */
  readonly isPaused: boolean;
  readonly acts: RolloutState['acts'];
  /** A process elsewhere may still run the rollout, or may have died just now: its lock tells. */
  readonly isPerhapsRunning: boolean;
}

/**
 * Finds, in each call anew, the rollouts without a process that have no end or were held by a
 * shutdown. A rollout that a person or a conflict held stays held. With `asksLocks` a process elsewhere
 * that was heard of lately is no process until its lock says so.
 */
export function cutOffFinder(
  store: Store,
  note: Audience['note'],
  { asksLocks = false } = {},
): () => Promise<Result<readonly CutOff[]>> {
  const look = watchRollouts(store, {
    readsTraces: false,
    ended: 'let-go',
    rereadMs: 10_000,
    latest: 20,
  });
  return async () => {
    const round = await look(performance.now());
    if (!round.ok) return round;
    for (const { failure } of round.value.failures) note({ kind: 'failures', failures: [failure] });
    return ok(
      round.value.seen
        .filter(
          ({ status, process, state }) =>
            !isOver(status) &&
            (!process || (asksLocks && process.isHeardOf === true)) &&
            isForTakeOver(state.end),
        )
        .map(({ rollout, process, state: { plan, access, acts, pausedAtMs, manualStep } }) => ({
          rollout,
          acts,
          resources: resourcesOf(plan, access),
          isPerhapsRunning: process !== undefined,
          isPaused: pausedAtMs !== undefined && manualStep === undefined,
        })),
    );
  };
}
