import { exitCodeOf } from '../../domain/failure.ts';
import type { Action } from '../action.ts';
import { gateFailedReason, gateHeldMessage } from '../events/end-messages.ts';
import { gateContext } from '../gates/gate-context.ts';
import { type GateState, isFresh, isUnsure, nextAskMs } from '../gates/gate-state.ts';
import type { Observation } from '../observe/observation.ts';
import { dueAtMs, rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/** A step that stands for longer than any usual one is a hold: gates are asked all through it. */
const holdMs = 30_000;

/** Which gates to ask now, or what follows from one that failed. Going back, nobody is asked. */
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

/** All that have a say at the step that stands. */
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
 * Whether the step that comes next may be taken, or after the last one the old servers out of the
 * table: every gate was asked for it and has passed. Going back, nobody is asked.
 */
export function gatesPassed(state: RolloutState, seen: Observation): boolean {
  if (state.phase.kind === 'rolling-back') return true;
  return gatesInForce(state, seen.gates).every(([, gate]) =>
    isFresh(gate, askedForSinceMs(state, gate) ?? 0),
  );
}

/** How late a step may be for its gates' sake: so long that one that was asked in time can answer. */
export const gatePatienceMs = (state: RolloutState, { gates }: Observation): number =>
  Math.max(0, ...gatesInForce(state, gates).map(([, { timing }]) => timing.timeoutMs + 1_000));

/** When something about gates has to be looked at next, if nothing else happens. */
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
 * Whoever was asked since then was asked for what comes next, and about the step that stands. Before
 * the first one that is ever: it comes as soon as all gates are open, and is due anew for each that
 * keeps it waiting.
 */
function askedForSinceMs(state: RolloutState, gate: GateState): number | undefined {
  const { phase, standsSinceMs = 0 } = state;
  if (phase.kind === 'draining') return phase.sinceMs;
  const next = nextStep(state);
  if (!next || next.step === 0) return next && 0;
  return Math.max(standsSinceMs, next.dueMs - leadMs(gate, next.gapMs));
}

/** Early enough for an answer to be there when the step is due, late enough to be about the step before. */
const leadMs = ({ timing }: GateState, gapMs: number): number =>
  Math.min(timing.timeoutMs, gapMs / 2);

/** Paused, not begun, waiting for connections to end, or at a step that stands for long. */
function isHolding(state: RolloutState): boolean {
  if (state.pausedAtMs !== undefined || state.phase.kind === 'draining') return true;
  const next = nextStep(state);
  return next !== undefined && (next.step === 0 || next.gapMs > holdMs);
}

/** The step that comes next, and how long the one before it stands. */
function nextStep(
  state: RolloutState,
): { readonly step: number; readonly dueMs: number; readonly gapMs: number } | undefined {
  const progress = rampProgressOf(state);
  if (!progress) return undefined;
  const step = slowestStep(state, progress) + 1;
  const dueMs = dueAtMs(state, progress, step);
  return { step, dueMs, gapMs: step === 0 ? 0 : dueMs - dueAtMs(state, progress, step - 1) };
}
