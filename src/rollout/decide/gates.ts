import { exitCodeOf } from '../../domain/failure.ts';
import type { Action } from '../action.ts';
import { gateFailedReason, gateHeldMessage } from '../events/end-messages.ts';
import { gateContext } from '../gates/gate-context.ts';
import { type GateState, isAbout, isFresh, isUnsure, nextAskMs } from '../gates/gate-state.ts';
import { type WaitedGate, waitedGate } from '../gates/waited-gate.ts';
import { gotConnections } from '../observe/got-connections.ts';
import type { Observation } from '../observe/observation.ts';
import { dueAtMs, rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { floorsWaited } from './floor.ts';
import { managersWaited } from './managed.ts';

/** The length from which a step is a hold: gates are asked all through it. */
const holdMs = 30_000;

/** Decides which gates to ask now, or what follows from one that failed; a rollback asks none. */
export function decideGates(
  state: RolloutState,
  seen: Observation,
  nowMs: number,
): Action | undefined {
  if (state.phase.kind === 'rolling-back') return undefined;
  const failed = [...seen.gates.values()].find(
    ({ verdict, timing }) => verdict === 'failed' && timing.onFailure !== 'report',
  );
  if (failed) return decideFailed(state, failed);
  const due = gatesInForce(state, seen.gates).filter(
    ([, gate]) => !gate.isAsking && askAtMs(state, seen, gate) <= nowMs,
  );
  return due.length > 0 ? { kind: 'ask', gates: due.map(([name]) => name) } : undefined;
}

function decideFailed(state: RolloutState, failed: GateState): Action {
  const exitCode = exitCodeOf('gate');
  const reason = gateFailedReason(gateContext(state), failed);
  const { onFailure = state.plan.policy.onFailure } = failed.timing;
  return onFailure === 'rollback'
    ? { kind: 'roll-back', cause: 'gate', reason, exitCode }
    : { kind: 'end', outcome: 'held', exitCode, message: gateHeldMessage(state, reason) };
}

/**
 * The gates that have a say at the step in force. After the last one the old servers get nothing more
 * that the new ones could be compared with.
 */
export function gatesInForce(
  state: RolloutState,
  gates: Observation['gates'],
): readonly (readonly [string, GateState])[] {
  const progress = rampProgressOf(state);
  const standing = progress ? slowestStep(state, progress) : state.plan.schedule.length - 1;
  return [...gates].filter(
    ([, { timing }]) =>
      (timing.atStep === undefined || timing.atStep === standing) &&
      (timing.about !== 'both' || progress !== undefined),
  );
}

/**
 * Tells whether the next step may be taken, or after the last one the old servers removed: every
 * gate was asked for that and has passed. A rollback asks no gates.
 */
export const gatesPassed = (state: RolloutState, seen: Observation): boolean =>
  gatesWaited(state, seen).length === 0;

/** The gates that the next step waits for, if it is due; a floor and the checks of a manager are among them. */
export function gatesWaited(
  state: RolloutState,
  seen: Observation,
  nowMs = 0,
): readonly WaitedGate[] {
  if (state.phase.kind === 'rolling-back') return [];
  const waited = gatesInForce(state, seen.gates).flatMap(([, gate]) => {
    const sinceMs = askedForSinceMs(state, gate) ?? 0;
    if (isFresh(gate, sinceMs) || mayGoWithout(state, seen, gate)) return [];
    const connections = gotConnections(state.plan, seen);
    const isAsleep = wakesAtMs(state, seen, gate) > nowMs;
    return [waitedGate(gate, { sinceMs, isAsleep, connections })];
  });
  return [...waited, ...managersWaited(state, seen), ...floorsWaited(state, seen)];
}

/**
 * Tells whether the next step needs no good answer of a gate: one that only reports, or nothing to ask
 * about yet. As long as the new servers have no weight, no data about them can be waited for; only a last
 * step is not taken on the strength of a query that gives nothing and does not say that it is about them.
 */
function mayGoWithout(state: RolloutState, seen: Observation, gate: GateState): boolean {
  const { timing, noData } = gate;
  if (timing.onFailure === 'report') return true;
  if (!isBeforeTraffic(state)) return false;
  if (timing.after && wakesAtMs(state, seen, gate) === Number.POSITIVE_INFINITY) return true;
  if (timing.after?.kind === 'time' && gate.askedMs === undefined) return true;
  const next = nextStep(state);
  const isLast = next?.step === state.plan.schedule.length - 1;
  return (
    noData?.kind === 'empty' &&
    isAbout(gate, askedForSinceMs(state, gate) ?? 0) &&
    (timing.about !== undefined || !isLast)
  );
}

/** Tells whether the new servers have no weight of this rollout yet. */
function isBeforeTraffic(state: RolloutState): boolean {
  const progress = rampProgressOf(state);
  if (!progress) return false;
  return (progress.schedule[slowestStep(state, progress)]?.fraction ?? 0) === 0;
}

/** The time from which on a gate is asked; infinite as long as only connections can tell. */
function wakesAtMs(state: RolloutState, seen: Observation, { timing }: GateState): number {
  const { after, atStep } = timing;
  if (!after) return 0;
  if (after.kind === 'time') {
    const { startAtMs, standsSinceMs = startAtMs } = state;
    return (atStep === undefined ? startAtMs : standsSinceMs) + after.ms;
  }
  const got = gotConnections(state.plan, seen)?.new ?? 0;
  const isThere = state.plan.to.length === 0 || got >= after.connections;
  return isThere ? 0 : Number.POSITIVE_INFINITY;
}

/** The time that a step waits until somebody is told; after that each time that the wait has doubled. */
const firstToldMs = 2_000;
const longestQuietMs = 3_600_000;

/** Tells of the gates that a step waits for since that time, when it has waited for a while. */
export function tellGates(
  state: RolloutState,
  seen: Observation,
  nowMs: number,
  dueMs: number,
): Action | undefined {
  const waits = gatesWaited(state, seen, nowMs);
  if (waits.length === 0) return undefined;
  const step = `${state.phase.kind} ${gateContext(state).step}`;
  const told = seen.gateWait?.step === step ? seen.gateWait : undefined;
  const { sinceMs, toldMs } = told ?? { sinceMs: dueMs, toldMs: dueMs };
  const quietMs = Math.min(longestQuietMs, Math.max(firstToldMs, toldMs - sinceMs));
  return nowMs >= toldMs + quietMs
    ? { kind: 'tell-gates', wait: { step, sinceMs, toldMs: nowMs }, waits }
    : undefined;
}

/** The delay that a step may have for its gates' sake: a gate asked in time can still answer. */
export const gatePatienceMs = (state: RolloutState, { gates }: Observation): number =>
  Math.max(0, ...gatesInForce(state, gates).map(([, { timing }]) => timing.timeoutMs + 1_000));

/** The time at which the next gate is to be asked, if nothing else happens. */
export function nextGateMs(state: RolloutState, seen: Observation): number {
  if (state.phase.kind === 'rolling-back') return Number.POSITIVE_INFINITY;
  const asks = gatesInForce(state, seen.gates)
    .filter(([, gate]) => !gate.isAsking)
    .map(([, gate]) => askAtMs(state, seen, gate));
  return Math.min(Number.POSITIVE_INFINITY, ...asks);
}

function askAtMs(state: RolloutState, seen: Observation, gate: GateState): number {
  return Math.max(wakesAtMs(state, seen, gate), askAwakeAtMs(state, seen, gate));
}

function askAwakeAtMs(state: RolloutState, seen: Observation, gate: GateState): number {
  const { askedMs, timing } = gate;
  const isDoubtful = askedMs !== undefined && isUnsure(gate);
  const always = timing.when === 'always' || isHolding(state, seen) || isDoubtful;
  const regularMs = always ? nextAskMs(gate) : Number.POSITIVE_INFINITY;
  const forStepMs = askedForSinceMs(state, gate);
  if (forStepMs === undefined) return regularMs;
  const isAsked = (askedMs ?? -1) >= forStepMs;
  return isAsked ? regularMs : Math.min(forStepMs, regularMs);
}

/**
 * The time since which a gate's question is about the step in force, and for what comes next.
 * Before step 0 every question is: that step comes as soon as all gates are open, and is due anew
 * for each that keeps it waiting.
 */
function askedForSinceMs(state: RolloutState, gate: GateState): number | undefined {
  const { phase, standsSinceMs = 0 } = state;
  if (phase.kind === 'draining') return phase.sinceMs;
  const next = nextStep(state);
  if (!next || next.step === 0) return next && 0;
  const { promotedAtMs = 0 } = state;
  return Math.max(standsSinceMs, promotedAtMs, next.dueMs - leadMs(gate, next.gapMs));
}

/**
 * The lead of a question: early enough for an answer when the step is due, late enough to be about
 * the step before it.
 */
const leadMs = ({ timing }: GateState, gapMs: number): number =>
  Math.min(timing.timeoutMs, gapMs / 2);

/**
 * Tells whether the rollout holds: paused, not begun, draining, waiting for a time of day, or at a step that
 * lasts long.
 */
function isHolding(state: RolloutState, { clockWait }: Observation): boolean {
  if (state.pausedAtMs !== undefined || state.phase.kind === 'draining' || clockWait) return true;
  const next = nextStep(state);
  return next !== undefined && (next.step === 0 || next.gapMs > holdMs);
}

/** The step that comes next, and how long the one before it lasts. */
function nextStep(
  state: RolloutState,
): { readonly step: number; readonly dueMs: number; readonly gapMs: number } | undefined {
  const progress = rampProgressOf(state);
  if (!progress) return undefined;
  const step = slowestStep(state, progress) + 1;
  const dueMs = dueAtMs(state, progress, step);
  return { step, dueMs, gapMs: step === 0 ? 0 : dueMs - dueAtMs(state, progress, step - 1) };
}
