import type { Action } from './action.ts';
import { lastStep, type RolloutState } from './journal.ts';
import type { Observation } from './observation.ts';
import { leadMs, reachWhenFresh, staleDirectors } from './reach-when-fresh.ts';

/**
 * The ramp: every step at its own time, whatever happened to the one before. Just before a step the
 * table is listed, so that the step is compared with what is really there and is one process itself.
 */
export function decideRamp(state: RolloutState, seen: Observation, nowMs: number): Action {
  const slowest = Math.min(...[...state.directors.values()].map((director) => director.step));
  const due = dueStep(state, slowest, nowMs);
  const behind = [...state.directors].filter(([, director]) => director.step < due);
  if (behind.length > 0) {
    return reachWhenFresh(
      behind.map(([name]) => name),
      seen,
      nowMs,
      { milestone: { kind: 'step', step: due }, dueMs: dueMs(state, due) },
    );
  }
  const nextDueMs = dueMs(state, due + 1);
  const names = [...state.directors.keys()];
  const wakeMs = nextDueMs - leadMs(names, seen);
  if (nowMs >= wakeMs) {
    const stale = staleDirectors(names, seen, nowMs);
    return stale.length > 0
      ? { kind: 'observe', directors: stale }
      : { kind: 'wait', untilMs: nextDueMs };
  }
  return nowMs >= seen.nextPollMs
    ? { kind: 'sample' }
    : { kind: 'wait', untilMs: Math.min(seen.nextPollMs, wakeMs) };
}

/** The latest step whose time has come: those it overtakes are skipped, but never the first, which prepares. */
function dueStep(state: RolloutState, slowest: number, nowMs: number): number {
  if (slowest < 0) return 0;
  let due = slowest;
  while (due < lastStep(state.plan) && dueMs(state, due + 1) <= nowMs) due++;
  return due;
}

const dueMs = (state: RolloutState, step: number): number =>
  state.startAtMs + (state.plan.schedule[step]?.atMs ?? 0);
