import { clockWaitOf } from '../../rollout/decide/clock-wait.ts';
import { clockWaitWords } from '../../rollout/events/clock-events.ts';
import type { ClockWait } from '../../rollout/observe/observation.ts';
import {
  dueAtMs,
  hasBegun,
  rampProgressOf,
  slowestStep,
} from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';

/** The time of day that the next step of a rollout waits for: one that is due by now, or has not begun. */
export function clockWaitNow(state: RolloutState, nowMs: number): ClockWait | undefined {
  const progress = rampProgressOf(state);
  if (!progress || state.pausedAtMs !== undefined) return undefined;
  const dueMs = dueAtMs(state, progress, slowestStep(state, progress) + 1);
  return nowMs >= dueMs || !hasBegun(state) ? clockWaitOf(state, nowMs) : undefined;
}

/** `step 3 waits until …`; empty where the rollout waits for no time of day. */
export function clockWaitSentence(state: RolloutState, nowMs: number): string {
  const progress = rampProgressOf(state);
  const wait = clockWaitNow(state, nowMs);
  if (!wait || !progress) return '';
  return `step ${slowestStep(state, progress) + 1} waits ${clockWaitWords(state, wait)}`;
}
