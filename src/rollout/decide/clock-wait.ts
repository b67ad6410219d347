import { isOpen, nextOpening } from '../../domain/time/windows.ts';
import type { Action } from '../action.ts';
import type { ClockWait, Observation } from '../observe/observation.ts';
import { dueAtMs, endStep, hasBegun, rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { leadMs } from './freshness.ts';

/** The longest time before its end at which a window is as good as shut: an edit takes its time. */
const longestLeadMs = 5_000;

/**
 * The time of day that the next step of a ramp waits for, if it waits for one: its start, or an open window.
 * A rollback waits for none, nor does what comes after the last step.
 */
export function clockWaitOf(
  state: RolloutState,
  wallMs: number,
  beforeEndMs = 0,
): ClockWait | undefined {
  const { startsAtMs = 0, windows } = state.plan;
  const progress = state.phase.kind === 'ramping' ? rampProgressOf(state) : undefined;
  // A ramp that ends here for now has no next step.
  if (!progress || slowestStep(state, progress) >= endStep(state)) return undefined;
  const isBefore = !hasBegun(state) && wallMs < startsAtMs;
  const fromMs = isBefore ? startsAtMs : wallMs;
  if (isBefore && isOpen(windows, startsAtMs)) return { reason: 'start-time', untilMs: startsAtMs };
  if (isOpen(windows, fromMs) && isOpen(windows, fromMs + beforeEndMs)) return undefined;
  // One that shuts in a moment opens after it has been shut.
  const untilMs = nextOpening(windows, isOpen(windows, fromMs) ? fromMs + beforeEndMs : fromMs);
  return { reason: 'window', ...(untilMs === undefined ? {} : { untilMs }) };
}

/** The observation with the time of day that the next step waits for. */
export function withClockWait(state: RolloutState, seen: Observation, nowMs: number): Observation {
  const { plan, directors } = state;
  if (!plan.windows && plan.startsAtMs === undefined) return seen;
  const beforeEndMs = Math.min(longestLeadMs, leadMs([...directors.keys()], seen));
  const clockWait = clockWaitOf(state, seen.wallMs ?? nowMs, beforeEndMs);
  return clockWait ? { ...seen, clockWait } : seen;
}

/** Tells of the time that a due step waits for: once, and again where it has become another. */
export function tellClockWait(
  state: RolloutState,
  { clockWait: wait, toldClockWait }: Observation,
): Action | undefined {
  if (!wait) return undefined;
  const progress = rampProgressOf(state);
  const step = progress ? slowestStep(state, progress) + 1 : 0;
  const told = `${state.phase.kind} ${step} ${wait.reason} ${wait.untilMs}`;
  return told === toldClockWait ? undefined : { kind: 'tell-clock-wait', told, step, wait };
}

/** Whether the next step is due but for the time of day. */
export function isClockWaiting(state: RolloutState, seen: Observation, nowMs: number): boolean {
  const progress = rampProgressOf(state);
  if (!seen.clockWait || !progress) return false;
  return nowMs >= dueAtMs(state, progress, slowestStep(state, progress) + 1);
}

/** The end of the wait, in the time that counts, if the clock on the wall goes on as it does. */
export function clockWaitEndMs({ clockWait, wallMs }: Observation, nowMs: number): number {
  const { untilMs = Number.POSITIVE_INFINITY } = clockWait ?? {};
  return nowMs + Math.max(0, untilMs - (wallMs ?? nowMs));
}
