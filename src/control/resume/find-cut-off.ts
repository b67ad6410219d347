import { ok, type Result } from '../../domain/failure.ts';
import { isForTakeOver, isOver } from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import { watchRollouts } from '../../watch/watched-rollouts.ts';
import type { Audience } from '../audience.ts';

export interface CutOff {
  readonly rollout: string;
  /** Whether somebody had paused the rollout. */
  readonly isPaused: boolean;
}

/**
 * Finds, in each call anew, the rollouts without a process that have no end or were held by a
 * shutdown. A rollout that a person or a conflict held stays held.
 */
export function cutOffFinder(
  store: Store,
  note: Audience['note'],
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
        .filter((one) => !isOver(one.status) && !one.process && isForTakeOver(one.state.end))
        .map(({ rollout, state: { pausedAtMs, manualStep } }) => ({
          rollout,
          isPaused: pausedAtMs !== undefined && manualStep === undefined,
        })),
    );
  };
}
