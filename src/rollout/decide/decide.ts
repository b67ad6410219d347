import { askedBy } from '../../domain/actor/actor.ts';
import { assertNever } from '../../domain/assert-never.ts';
import { exitCodeOf } from '../../domain/failure.ts';
import type { Action, Conflict } from '../action.ts';
import {
  conflictMessage,
  emptiedMessage,
  interruptedMessage,
  promotedReason,
} from '../events/end-messages.ts';
import { emptiedIn } from '../journal/emptied.ts';
import { findDrift } from '../observe/drift.ts';
import type { Observation } from '../observe/observation.ts';
import { sharesNow } from '../observe/shares-now.ts';
import { withoutLost } from '../state/director-state.ts';
import { rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import { directorState, type RolloutState } from '../state/rollout-state.ts';
import { decideGiveBack, giveBackFirst } from './client-reset.ts';
import { clockWaitEndMs, tellClockWait, withClockWait } from './clock-wait.ts';
import { decideDrain } from './drain.ts';
import { decideGates, nextGateMs } from './gates.ts';
import { decideBaseScale, decideHold, longPauseMs } from './hold.ts';
import { decideFailedDirector, decideLost, decideQuorum, nextProbeMs } from './lost-directors.ts';
import { decideManaged } from './managed.ts';
import { decideRamp } from './ramp.ts';

/** Attempts at one director before the rollout is held. */
const attempts = 3;

/** The next action, from the journal's state, the time and what was seen. Pure. */
export function decide(state: RolloutState, seen: Observation, nowMs: number): Action {
  if (state.end) return { kind: 'leave' };
  const at = withClockWait(state, seen, nowMs);
  return at.admission === undefined
    ? decideAt(state, at, nowMs)
    : decideBeforeStart(state, at, nowMs);
}

/** A rollout that waits for the time of its start looks at no director, and asks no gate. */
function decideBeforeStart(state: RolloutState, seen: Observation, nowMs: number): Action {
  const { admission } = seen;
  if (admission !== undefined && admission !== 'to-come') {
    const exitCode = exitCodeOf(admission.kind);
    return { kind: 'end', outcome: 'refused', exitCode, message: admission.what };
  }
  if (state.phase.kind === 'rolling-back') {
    const message = 'rolled back before its first step: nothing was changed';
    return { kind: 'end', outcome: 'rolled-back', exitCode: state.phase.exitCode, message };
  }
  const asked = decideControl(state, seen) ?? decideStop(state, seen);
  if (asked) return asked;
  const lookAgain = { kind: 'wait', untilMs: nowMs + clockEveryMs } as const;
  if (state.pausedAtMs !== undefined) return lookAgain;
  if (!seen.clockWait) return { kind: 'admit' };
  const untilMs = Math.min(lookAgain.untilMs, clockWaitEndMs(seen, nowMs));
  return tellClockWait(state, seen) ?? { kind: 'wait', untilMs };
}

/** The time between two looks at a clock on the wall that may be set, and for requests. */
const clockEveryMs = 1_000;

function decideAt(state: RolloutState, seen: Observation, nowMs: number): Action {
  const next = decideNext(state, seen, nowMs);
  const first = next.kind === 'end' ? giveBackFirst(state, seen) : undefined;
  if (first) return first;
  const action =
    next.kind === 'end' && next.outcome === 'held' ? decideHold(state, seen, nowMs, next) : next;
  if (action.kind !== 'wait') return action;
  const untilMs = Math.min(action.untilMs, nextGateMs(state, seen), nextProbeMs(state, seen));
  return { kind: 'wait', untilMs };
}

function decideNext(state: RolloutState, seen: Observation, nowMs: number): Action {
  return (
    // First, for a request is handed in once; it changes the journal only, and what comes after
    // it in this list has its say the next time round.
    decideControl(state, seen) ??
    // Asking takes no time here, and what a gate says is worth knowing whatever else is wrong.
    decideGates(state, seen, nowMs) ??
    decideTrouble(state, seen) ??
    decideQuorum(state) ??
    decideDrift(state, seen) ??
    decideManaged(state, seen, nowMs) ??
    decideEmptied(state, seen) ??
    decideCompletion(state, seen, nowMs) ??
    // Whoever stops the rollout does not wait for a retry.
    decideStop(state, seen) ??
    decideLost(state, seen, nowMs) ??
    decideRetry(state, seen, nowMs) ??
    decideGiveBack(state, nowMs) ??
    decidePaused(state, seen, nowMs) ??
    decideManual(state) ??
    decidePhase(state, seen, nowMs)
  );
}

function decideTrouble(state: RolloutState, seen: Observation): Action | undefined {
  const final = troublesIn(state, seen).find(({ trouble }) => trouble.count >= attempts);
  return final && decideFailedDirector(state, final.name, final.trouble);
}

/** Waits until a director that failed is tried again. */
function decideRetry(state: RolloutState, seen: Observation, nowMs: number): Action | undefined {
  const retryAtMs = Math.max(0, ...troublesIn(state, seen).map(({ trouble }) => trouble.retryAtMs));
  return retryAtMs > nowMs ? { kind: 'wait', untilMs: retryAtMs } : undefined;
}

/** The troubles of the directors that count: a lost one has trouble anyway. */
const troublesIn = ({ directors }: RolloutState, seen: Observation) =>
  withoutLost(directors).flatMap(([name]) =>
    Object.values(seen.directors.get(name)?.troubles ?? {}).map((trouble) => ({ name, trouble })),
  );

function decideDrift(state: RolloutState, seen: Observation): Action | undefined {
  const drifts = state.plan.directors.flatMap((plan) => {
    const live = seen.directors.get(plan.director)?.sample?.services;
    const director = directorState(state, plan);
    return live && !director.lost ? findDrift(plan, director, live) : [];
  });
  for (const drift of drifts) {
    if (drift.kind !== 'conflict') continue;
    return {
      kind: 'end',
      outcome: 'held',
      exitCode: exitCodeOf('conflict'),
      message: conflictMessage(state, drift, sharesLeft(state, seen, drift)),
      drift,
    };
  }
  for (const drift of drifts) {
    if (drift.kind === 'bystander') return { kind: 'note-bystander', drift };
  }
  return undefined;
}

/** The shares that a conflicting edit leaves where the rollout stops. */
function sharesLeft(state: RolloutState, seen: Observation, drift: Conflict): string {
  const plan = state.plan.directors.find(({ director }) => director === drift.director);
  const service = plan?.services.find((one) => one.service === drift.service);
  const live = seen.directors.get(drift.director)?.sample?.services.get(drift.service);
  return plan && service && live ? sharesNow(service, directorState(state, plan), live) : '';
}

/** Ends a rollout that is complete, whoever wants to stop it. */
function decideCompletion(state: RolloutState, seen: Observation, nowMs: number) {
  const action = decidePhase(state, seen, nowMs);
  const complete = action.kind === 'end' && action.outcome !== 'held';
  return complete ? action : undefined;
}

/** Stops before the way on would take the last weight of a service whose bystanders lost theirs. */
function decideEmptied(state: RolloutState, seen: Observation): Action | undefined {
  if (state.plan.policy.mayEmpty) return undefined;
  const direction = state.phase.kind === 'rolling-back' ? 'back' : 'forward';
  for (const [director, { bystanders }] of withoutLost(state.directors)) {
    const samples = seen.directors.get(director)?.sample?.services;
    // Without an edit of a bystander its weights are those that the plan was made for.
    if (!samples || bystanders.size === 0) continue;
    const [emptied] = emptiedIn(state, { director, snapshot: { samples } }, direction);
    if (!emptied) continue;
    const message = emptiedMessage(state, emptied);
    return { kind: 'end', outcome: 'held', exitCode: exitCodeOf('conflict'), message };
  }
  return undefined;
}

function decideStop(state: RolloutState, { stop }: Observation): Action | undefined {
  if (!stop) return undefined;
  const exitCode = exitCodeOf(stop.signal);
  const reason = stop.signal === 'sigint' ? 'SIGINT' : 'SIGTERM';
  if (state.phase.kind === 'rolling-back') {
    return stop.again || state.plan.policy.onInterrupt === 'hold'
      ? { kind: 'end', outcome: 'held', exitCode, message: interruptedMessage(state, reason) }
      : undefined;
  }
  return state.plan.policy.onInterrupt === 'rollback'
    ? { kind: 'roll-back', cause: stop.signal, reason, exitCode }
    : { kind: 'end', outcome: 'held', exitCode, message: interruptedMessage(state, reason) };
}

/** Exit code of a rollback that another terminal asked for: like a gate that somebody closed. */
const askedBackCode = exitCodeOf('gate');

function decideControl(state: RolloutState, { control }: Observation): Action | undefined {
  if (!control) return undefined;
  const { actor } = control;
  const asked = { reason: askedBy(actor), actor };
  const back = state.phase.kind === 'rolling-back';
  const walking = rampProgressOf(state) !== undefined;
  switch (control.kind) {
    case 'pause':
      return state.pausedAtMs === undefined && (!back || walking)
        ? { kind: 'pause', ...asked }
        : undefined;
    case 'continue':
      return state.pausedAtMs === undefined ? undefined : { kind: 'continue', ...asked };
    case 'promote':
      return state.phase.kind === 'ramping' && state.promotedAtMs === undefined
        ? { kind: 'promote', reason: promotedReason(state, actor), actor }
        : undefined;
    case 'rollback': {
      const { pace } = control;
      // On the way back already: only a ramp can be cut short.
      if (back && !(walking && pace === undefined)) return undefined;
      const turn = {
        kind: 'roll-back',
        cause: 'asked',
        ...asked,
        exitCode: askedBackCode,
      } as const;
      return pace ? { ...turn, pace } : turn;
    }
    default:
      return assertNever(control);
  }
}

/** Polls, and does nothing else, while the rollout is paused. */
function decidePaused(state: RolloutState, seen: Observation, nowMs: number): Action | undefined {
  if (state.pausedAtMs === undefined) return undefined;
  const isLong = nowMs - state.pausedAtMs >= longPauseMs;
  const back = isLong ? decideBaseScale(state, seen, nowMs) : undefined;
  if (back) return back;
  return nowMs >= seen.nextPollMs ? { kind: 'sample' } : { kind: 'wait', untilMs: seen.nextPollMs };
}

/** Pauses at a step that waits for an operator, with all weights as they are. */
function decideManual(state: RolloutState): Action | undefined {
  if (state.phase.kind === 'rolling-back') return undefined;
  const { schedule } = state.plan;
  const progress = rampProgressOf(state);
  const step = progress ? slowestStep(state, progress) : schedule.length - 1;
  const at = schedule[step];
  if (!at?.manual || step <= state.manualDone) return undefined;
  if (state.promotedAtMs !== undefined && step < schedule.length - 1) return undefined;
  const percent = Number((100 * at.fraction).toFixed(2));
  const reason = `step ${step} of ${schedule.length - 1} (${percent} %) waits for somebody to continue it`;
  return { kind: 'pause', reason, manualStep: step };
}

function decidePhase(state: RolloutState, seen: Observation, nowMs: number): Action {
  const progress = rampProgressOf(state);
  return progress ? decideRamp(state, progress, seen, nowMs) : decideDrain(state, seen, nowMs);
}
