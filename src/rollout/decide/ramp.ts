import type { Action } from '../action.ts';
import type { Observation } from '../observe/observation.ts';
import { isIntended, withoutLost } from '../state/director-state.ts';
import { dueAtMs, type RampProgress, slowestStep } from '../state/ramp-progress.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { leadMs, reachWhenListed, staleDirectors } from './freshness.ts';
import { gatePatienceMs, gatesPassed } from './gates.ts';

/**
 * A step that is later than this was not delayed by a slow director: the machine slept, or the
 * process was stopped.
 */
const longestDelayMs = 60_000;
const longestStartMs = 1_000;

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
  if (lateMs >= 0 && !gatesPassed(state, seen)) return pollUntil(Number.POSITIVE_INFINITY);
  // A ramp whose gates took a while to open begins when they have.
  const patienceMs = Math.max(longestDelayMs, gatePatienceMs(state, seen));
  if (lateMs > (slowest < 0 ? longestStartMs : patienceMs)) {
    // Clients would see a jump where a ramp was asked for; the rest keeps its pace instead.
    return { kind: 'shift', lateMs, startAtMs: state.startAtMs + lateMs };
  }
  const due = dueStep(state, progress, slowest, nowMs);
  const counting = withoutLost(state.directors);
  const behind = counting.filter(([, director]) => progress.stepOf(director) < due);
  if (behind.length > 0) {
    return reachWhenListed(
      behind.map(([name]) => name),
      seen,
      nowMs,
      { milestone: progress.milestoneAt(due), dueMs: dueAtMs(state, progress, due) },
    );
  }
  const nextDueMs = dueAtMs(state, progress, due + 1);
  const names = counting.map(([name]) => name);
  const gapMs = nextDueMs - dueAtMs(state, progress, due);
  const wakeMs = nextDueMs - Math.min(gapMs / 2, leadMs(names, seen));
  return nowMs < wakeMs ? pollUntil(wakeMs) : prepare();

  function prepare(): Action {
    // As it will be then: a listing that is old by the time of the step would have to be made anew.
    const stale = staleDirectors(names, seen, nextDueMs);
    if (stale.length > 0) return { kind: 'observe', directors: stale };
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

/**
 * The latest step whose time has come: those it overtakes are skipped, but never the first, which
 * prepares, nor one that waits for an operator or has a gate of its own to pass.
 */
function dueStep(
  state: RolloutState,
  progress: RampProgress,
  slowest: number,
  nowMs: number,
): number {
  if (slowest < 0) return 0;
  let due = slowest;
  while (due < progress.schedule.length - 1 && dueAtMs(state, progress, due + 1) <= nowMs) {
    const { manual, gates } = progress.schedule[due] ?? {};
    if (due > slowest && (manual || gates)) break;
    due++;
  }
  return due;
}
