import type { Action } from '../action.ts';
import { untilMessage } from '../events/end-messages.ts';
import type { Observation } from '../observe/observation.ts';
import { isIntended, withoutLost } from '../state/director-state.ts';
import { dueAtMs, endStep, type RampProgress, slowestStep } from '../state/ramp-progress.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { clockWaitEndMs, isClockWaiting, tellClockWait } from './clock-wait.ts';
import { floorsUndercut } from './floor.ts';
import { leadMs, reachWhenListed, staleDirectors } from './freshness.ts';
import { gatePatienceMs, gatesPassed, tellGates } from './gates.ts';
import { awaitLost } from './lost-directors.ts';
import { decideScale } from './rescale.ts';

/**
 * A step that is later than this was not delayed by a slow director: the machine slept, or the
 * process was stopped.
 */
const longestDelayMs = 60_000;
const longestStartMs = 1_000;

/** The end of a ramp that was to go only so far: a success, after which somebody goes on or back. */
const untilEnd = (state: RolloutState): Action => ({
  kind: 'end',
  outcome: 'held',
  exitCode: 0,
  message: untilMessage(state),
});

/** The steps that one edit may take: clients of a slow director want a ramp as well. */
const mostStepsAtOnce = 2;

/**
 * The ramp: every step at its own time, whatever happened to the one before. Just before a step the
 * table is listed, so that the step is compared with what is really there, and the step is written
 * down; when it is due it is one process.
 */
export function decideRamp(
  state: RolloutState,
  progress: RampProgress,
  seen: Observation,
  nowMs: number,
): Action {
  const slowest = slowestStep(state, progress);
  const lateMs = nowMs - dueAtMs(state, progress, slowest + 1);
  const counting = withoutLost(state.directors);
  // Directors that are one step apart are brought together, whatever the time of day.
  const furthest = Math.max(...counting.map(([, director]) => progress.stepOf(director)));
  if (isClockWaiting(state, seen, nowMs) && furthest <= slowest) {
    return tellClockWait(state, seen) ?? pollUntil(clockWaitEndMs(seen, nowMs));
  }
  if (lateMs >= 0 && !gatesPassed(state, seen)) {
    return tellGates(state, seen, nowMs, nowMs - lateMs) ?? pollUntil(Number.POSITIVE_INFINITY);
  }
  const isForward = state.phase.kind === 'ramping';
  // The step at which the ramp ends for now is judged as long as any other.
  if (isForward && slowest >= endStep(state)) {
    if (lateMs < 0 && seen.gates.size > 0) return pollUntil(dueAtMs(state, progress, slowest + 1));
    const deadlineMs = (state.standsSinceMs ?? nowMs) + state.plan.policy.drainTimeoutMs;
    return awaitLost(state, seen, nowMs, deadlineMs) ?? untilEnd(state);
  }
  const { due: latest, shiftMs } = dueStep(state, progress, seen, nowMs);
  const due = seen.clockWait ? Math.min(latest, Math.max(furthest, slowest)) : latest;
  const behind = counting.filter(([, director]) => progress.stepOf(director) < due);
  if (behind.length > 0) {
    return reachWhenListed(
      behind.map(([name]) => name),
      seen,
      nowMs,
      {
        milestone: progress.milestoneAt(due),
        dueMs: dueAtMs(state, progress, due) + shiftMs,
        ...(shiftMs > 0 ? { shiftMs } : {}),
      },
    );
  }
  const nextDueMs = dueAtMs(state, progress, due + 1);
  const names = counting.map(([name]) => name);
  const gapMs = nextDueMs - dueAtMs(state, progress, due);
  const wakeMs = nextDueMs - Math.min(gapMs / 2, leadMs(names, seen));
  if (seen.clockWait) return pollUntil(nextDueMs);
  return nowMs < wakeMs ? pollUntil(wakeMs) : prepare();

  function prepare(): Action {
    // As it will be then: a listing that is old by the time of the step would have to be made anew.
    const stale = staleDirectors(names, seen, nextDueMs);
    if (stale.length > 0) return { kind: 'observe', directors: stale };
    const rescaled = decideScale(state, due + 1, seen);
    if (rescaled) return rescaled;
    const milestone = progress.milestoneAt(due + 1);
    const directors = counting
      .filter(([, director]) => !isIntended(director, milestone))
      .map(([name]) => name);
    return directors.length > 0 && gatesPassed(state, seen)
      ? { kind: 'intend', milestone, directors }
      : { kind: 'wait', untilMs: nextDueMs };
  }

  function pollUntil(untilMs: number): Action {
    return nowMs >= seen.nextPollMs
      ? { kind: 'sample' }
      : { kind: 'wait', untilMs: Math.min(seen.nextPollMs, untilMs) };
  }
}

interface DueStep {
  readonly due: number;
  /** The time by which the rest of the ramp is shifted, so that it keeps its pace; 0: not at all. */
  readonly shiftMs: number;
}

/**
 * The latest step whose time has come, of those that one edit may take. The one it overtakes is
 * skipped, but never the first, which prepares, nor one that waits for an operator or has a gate of
 * its own to pass. After a longer delay clients would see a jump where a ramp was asked for: the
 * rest keeps its pace instead.
 */
function dueStep(
  state: RolloutState,
  progress: RampProgress,
  seen: Observation,
  nowMs: number,
): DueStep {
  const isForward = state.phase.kind === 'ramping';
  const last = isForward ? endStep(state) : progress.schedule.length - 1;
  const slowest = slowestStep(state, progress);
  const lateAt = (step: number): number => nowMs - dueAtMs(state, progress, step);
  // A ramp whose gates took a while to open begins when they have.
  if (slowest < 0) return { due: 0, shiftMs: lateAt(0) > longestStartMs ? lateAt(0) : 0 };
  // All at once is what somebody asked for, whatever waits on the way.
  if (isForward && state.promotedAtMs !== undefined) return { due: last, shiftMs: 0 };
  const patienceMs = Math.max(longestDelayMs, gatePatienceMs(state, seen));
  if (lateAt(slowest + 1) > patienceMs) return { due: slowest + 1, shiftMs: lateAt(slowest + 1) };
  const furthest = Math.min(last, slowest + mostStepsAtOnce);
  let due = slowest;
  while (due < furthest && lateAt(due + 1) >= 0) {
    const { manual, gates } = progress.schedule[due] ?? {};
    if (due > slowest && (manual || gates || floorsUndercut(state, seen, due + 1).length > 0))
      break;
    due++;
  }
  const isOverrun = furthest < last && lateAt(furthest + 1) >= 0;
  return { due, shiftMs: isOverrun ? lateAt(due) : 0 };
}
