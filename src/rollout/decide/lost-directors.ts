import { exitCodeOf } from '../../domain/failure.ts';
import type { Action } from '../action.ts';
import { conflictMessage, lostMessage, troubleMessage } from '../events/end-messages.ts';
import { type Drift, findDrift } from '../observe/drift.ts';
import type { LiveDirector, Observation, Trouble } from '../observe/observation.ts';
import {
  type DirectorState,
  freshDirector,
  lostOnes,
  type Milestone,
  withoutLost,
} from '../state/director-state.ts';
import { rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import { lastStep, type RolloutState } from '../state/rollout-state.ts';
import { reachWhenListed } from './freshness.ts';

/** The time that a rollback waits for a lost director once the others are rolled back. */
const returnPatienceMs = 60_000;

/**
 * Decides what follows when a director has failed for good. With no other left, or too few, the
 * rollout is held where it is; otherwise it continues, or is rolled back, with the others.
 */
export function decideFailedDirector(
  state: RolloutState,
  director: string,
  trouble: Trouble,
): Action {
  const left = withoutLost(state.directors).length - 1;
  const goesOn = state.phase.kind === 'rolling-back' || left >= quorumOf(state);
  if (left > 0 && (goesOn || state.plan.policy.onFailure === 'rollback')) {
    return { kind: 'lose', director, reason: trouble.failure.what };
  }
  return {
    kind: 'end',
    outcome: 'held',
    exitCode: exitCodeOf('director'),
    message: troubleMessage(state, director, trouble),
  };
}

/** Rolls the others back when too few directors are left. */
export function decideQuorum(state: RolloutState): Action | undefined {
  const [lost] = lostOnes(state.directors);
  if (!lost || state.phase.kind === 'rolling-back') return undefined;
  if (withoutLost(state.directors).length >= quorumOf(state)) return undefined;
  const [name, director] = lost;
  const reason = `director ${name} cannot be reached: ${director.lost?.reason ?? ''}`;
  return { kind: 'roll-back', cause: 'director', reason, exitCode: exitCodeOf('director') };
}

const quorumOf = ({ plan, directors }: RolloutState): number =>
  Math.min(plan.policy.quorum ?? directors.size, directors.size);

/**
 * Probes lost directors now and then, beside everything else. A director that answers is brought to
 * where the others are, and only then it counts again.
 */
export function decideLost(
  state: RolloutState,
  seen: Observation,
  nowMs: number,
): Action | undefined {
  const lost = lostOnes(state.directors);
  for (const [name, director] of lost) {
    const live = seen.directors.get(name);
    const action = live && answered(live) && bringBack(state, name, director, live, seen, nowMs);
    if (action) return action;
  }
  const due = lost.filter(([name]) => probeAtMs(seen.directors.get(name)) <= nowMs);
  return due.length > 0 ? { kind: 'probe', directors: due.map(([name]) => name) } : undefined;
}

/** The time at which the next lost director is to be asked. */
export const nextProbeMs = (state: RolloutState, seen: Observation): number =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...lostOnes(state.directors).map(([name]) => probeAtMs(seen.directors.get(name))),
  );

function probeAtMs(live: LiveDirector | undefined): number {
  if (!live) return Number.POSITIVE_INFINITY;
  if (live.probe === 'under-way') return Number.POSITIVE_INFINITY;
  return live.probe?.atMs ?? 0;
}

const answered = ({ table, troubles, probe }: LiveDirector): boolean =>
  table !== undefined && probe !== 'under-way' && !troubles.listing && !troubles.edit;

function bringBack(
  state: RolloutState,
  name: string,
  director: DirectorState,
  live: LiveDirector,
  seen: Observation,
  nowMs: number,
): Action {
  const conflict = conflictOf(state, name, director, live);
  if (conflict) {
    // Its machine was started anew, with the table that was saved before the rollout.
    const isReset = !conflictOf(state, name, freshDirector, live);
    if (isReset && director.step >= 0) return { kind: 'reset', director: name };
    return {
      kind: 'end',
      outcome: 'held',
      exitCode: exitCodeOf('conflict'),
      message: conflictMessage(state, conflict),
      drift: conflict,
    };
  }
  const milestone = milestoneBehind(state, director);
  if (!milestone) return { kind: 'regain', director: name };
  return reachWhenListed([name], seen, nowMs, { milestone, dueMs: nowMs });
}

function conflictOf(
  state: RolloutState,
  name: string,
  director: DirectorState,
  { sample }: LiveDirector,
): Extract<Drift, { readonly kind: 'conflict' }> | undefined {
  const plan = state.plan.directors.find((one) => one.director === name);
  const drifts = plan && sample ? findDrift(plan, director, sample.services) : [];
  for (const drift of drifts) if (drift.kind === 'conflict') return drift;
  return undefined;
}

/**
 * The milestone that the others have reached and this director has not; after the ramp each
 * director continues on its own.
 */
function milestoneBehind(state: RolloutState, director: DirectorState): Milestone | undefined {
  const progress = rampProgressOf(state);
  if (progress) {
    const step = slowestStep(state, progress);
    return step > progress.stepOf(director) ? progress.milestoneAt(step) : undefined;
  }
  if (state.phase.kind === 'rolling-back') {
    // While the others are not back either, it takes part in their last step.
    const areBack = state.phase.sinceMs !== undefined;
    return areBack && !director.rolledBack ? { kind: 'rollback' } : undefined;
  }
  const last = lastStep(state.plan);
  return director.step < last ? { kind: 'step', step: last } : undefined;
}

/** Waits for lost directors until the deadline, with all others done; `undefined` without any. */
export function awaitLost(
  state: RolloutState,
  seen: Observation,
  nowMs: number,
  deadlineMs: number,
): Action | undefined {
  if (lostOnes(state.directors).length === 0) return undefined;
  const back = state.phase.kind === 'rolling-back' ? state.phase.sinceMs : undefined;
  const untilMs = back === undefined ? deadlineMs : Math.min(deadlineMs, back + returnPatienceMs);
  if (nowMs >= untilMs) {
    const exitCode = exitCodeOf('director');
    return { kind: 'end', outcome: 'held', exitCode, message: lostMessage(state) };
  }
  if (nowMs >= seen.nextPollMs) return { kind: 'sample' };
  return { kind: 'wait', untilMs: Math.min(seen.nextPollMs, untilMs) };
}
