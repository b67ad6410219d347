import { assertNever } from '../../domain/assert-never.ts';
import type { EventBody } from '../../domain/events/event.ts';
import { dueText } from '../../domain/time/time-text.ts';
import { windowsText } from '../../domain/time/windows.ts';
import type { ClockWait } from '../observe/observation.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/** The event that a step waits for a time of day. */
export function clockWaitEvent(state: RolloutState, step: number, wait: ClockWait): EventBody {
  return {
    type: 'waiting',
    step,
    reason: wait.reason,
    ...(wait.untilMs === undefined ? {} : { until: new Date(wait.untilMs).toISOString() }),
    detail: clockWaitWords(state, wait),
  };
}

/** `until 2026-12-01 07:00 UTC, when its window opens: mon-fri 08:00-18:00 Europe/Berlin`. */
export function clockWaitWords({ plan }: Pick<RolloutState, 'plan'>, wait: ClockWait): string {
  const { reason, untilMs } = wait;
  const until = untilMs === undefined ? '' : `until ${dueText(untilMs)}, `;
  const windows = windowsText(plan.windows ?? []);
  switch (reason) {
    case 'start-time':
      return `${until}which is its time`;
    case 'window':
      return `${until === '' ? 'for a window, and none opens for weeks' : `${until}when its window opens`}: ${windows}`;
    default:
      return assertNever(reason);
  }
}
