import { exitCodeOf } from '../../domain/failure.ts';
import type { Action } from '../action.ts';
import { gateFailedReason, gateHeldMessage } from '../events/end-messages.ts';
import { gateContext } from '../gates/gate-context.ts';
import { type GateState, isFresh, isUnsure, nextAskMs } from '../gates/gate-state.ts';
import type { Observation } from '../observe/observation.ts';
import { dueAtMs, rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/** The length from which a step is a hold: gates are asked all through it. */
const holdMs = 30_000;

/** Decides which gates to ask now, or what follows from one that failed; a rollback asks none. */
export function decideGates(
  state: RolloutState,
  seen: Observation,
  nowMs: number,
): Action | undefined {
  if (state.phase.kind === 'rolling-back') return undefined;
  const failed = [...seen.gates.values()].find(({ verdict }) => verdict === 'failed');
  if (failed) return decideFailed(state, failed);
  const due = gatesInForce(state, seen.gates).filter(
    ([, gate]) => !gate.isAsking && askAtMs(state, gate) <= nowMs,
  );
  return due.length > 0 ? { kind: 'ask', gates: due.map(([name]) => name) } : undefined;
}

function decideFailed(state: RolloutState, failed: GateState): Action {
  const exitCode = exitCodeOf('gate');
  const reason = gateFailedReason(gateContext(state), failed);
  return state.plan.policy.onFailure === 'rollback'
    ? { kind: 'roll-back', cause: 'gate', reason, exitCode }
    : { kind: 'end', outcome: 'held', exitCode, message: gateHeldMessage(state, reason) };
}

/** The gates that have a say at the step in force. */
export function gatesInForce(
  state: RolloutState,
  gates: Observation['gates'],
): readonly (readonly [string, GateState])[] {
  const progress = rampProgressOf(state);
  const standing = progress ? slowestStep(state, progress) : state.plan.schedule.length - 1;
  return [...gates].filter(
    ([, { timing }]) => timing.atStep === undefined || timing.atStep === standing,
  );
}

/**
 * Tells whether the next step may be taken, or after the last one the old servers removed: every
 * gate was asked for that and has passed. A rollback asks no gates.
 */
export function gatesPassed(state: RolloutState, seen: Observation): boolean {
  if (state.phase.kind === 'rolling-back') return true;
  return gatesInForce(state, seen.gates).every(([, gate]) =>
    isFresh(gate, askedForSinceMs(state, gate) ?? 0),
  );
}

/** The delay that a step may have for its gates' sake: a gate asked in time can still answer. */
export const gatePatienceMs = (state: RolloutState, { gates }: Observation): number =>
  Math.max(0, ...gatesInForce(state, gates).map(([, { timing }]) => timing.timeoutMs + 1_000));

/** The time at which the next gate is to be asked, if nothing else happens. */
export function nextGateMs(state: RolloutState, seen: Observation): number {
  if (state.phase.kind === 'rolling-back') return Number.POSITIVE_INFINITY;
  const asks = gatesInForce(state, seen.gates)
    .filter(([, gate]) => !gate.isAsking)
    .map(([, gate]) => askAtMs(state, gate));
  return Math.min(Number.POSITIVE_INFINITY, ...asks);
}

function askAtMs(state: RolloutState, gate: GateState): number {
  const { askedMs, timing } = gate;
  const isDoubtful = askedMs !== undefined && isUnsure(gate);
  const always = timing.when === 'always' || isHolding(state) || isDoubtful;
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

/** Tells whether the rollout holds: paused, not begun, draining, or at a step that lasts long. */
function isHolding(state: RolloutState): boolean {
  if (state.pausedAtMs !== undefined || state.phase.kind === 'draining') return true;
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
