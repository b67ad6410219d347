import { exitCodeOf } from '../domain/failure.ts';
import type { Action } from './action.ts';
import { courseOf, dueAtMs, slowestStep } from './course.ts';
import { gateHeldMessage } from './end-messages.ts';
import { type GateStanding, isFresh, isUnsure, nextAskMs } from './gate-standing.ts';
import type { RolloutState } from './journal.ts';
import type { Observation } from './observation.ts';

/** A step that stands for longer than this is a hold: gates are asked all through it. */
const holdMs = 60_000;

/** Which gates to ask now, or what follows from one that failed. Going back, nobody is asked. */
export function decideGates(
  state: RolloutState,
  seen: Observation,
  nowMs: number,
): Action | undefined {
  if (state.phase.kind === 'returning') return undefined;
  const failed = [...seen.gates].find(([, gate]) => gate.verdict === 'failed');
  if (failed) return decideFailed(state, failed[0], failed[1]);
  const due = gatesInForce(state, seen).filter(
    ([, gate]) => !gate.isAsking && askAtMs(state, gate) <= nowMs,
  );
  return due.length > 0 ? { kind: 'ask', gates: due.map(([name]) => name) } : undefined;
}

function decideFailed(state: RolloutState, name: string, { detail }: GateStanding): Action {
  const exitCode = exitCodeOf('gate');
  const reason = `gate ${name} failed: ${detail}`;
  return state.plan.policy.onFailure === 'rollback'
    ? { kind: 'turn-back', reason, exitCode }
    : { kind: 'end', outcome: 'held', exitCode, message: gateHeldMessage(state, reason) };
}

/** All that have a say at the step that stands. */
function gatesInForce(
  state: RolloutState,
  { gates }: Observation,
): readonly (readonly [string, GateStanding])[] {
  const course = courseOf(state);
  const standing = course ? slowestStep(state, course) : state.plan.schedule.length - 1;
  return [...gates].filter(
    ([, { timing }]) => timing.atStep === undefined || timing.atStep === standing,
  );
}

/** Whether the step that comes next may be taken: every gate was asked for it and has passed. */
export function gatesPassed(state: RolloutState, seen: Observation): boolean {
  const next = nextStep(state);
  return gatesInForce(state, seen).every(([, gate]) =>
    isFresh(gate, next ? next.dueMs - leadMs(gate, next.gapMs) : 0),
  );
}

/** When something about gates has to be looked at next, if nothing else happens. */
export function nextGateMs(state: RolloutState, seen: Observation): number {
  if (state.phase.kind === 'returning') return Number.POSITIVE_INFINITY;
  const asks = gatesInForce(state, seen)
    .filter(([, gate]) => !gate.isAsking)
    .map(([, gate]) => askAtMs(state, gate));
  return Math.min(Number.POSITIVE_INFINITY, ...asks);
}

function askAtMs(state: RolloutState, gate: GateStanding): number {
  const always = gate.timing.when === 'always' || isHolding(state) || isUnsure(gate);
  const regularMs = always ? nextAskMs(gate) : Number.POSITIVE_INFINITY;
  const next = nextStep(state);
  if (!next) return regularMs;
  const forStepMs = next.dueMs - leadMs(gate, next.gapMs);
  const isAsked = (gate.askedMs ?? -1) >= forStepMs;
  return isAsked ? regularMs : Math.min(forStepMs, regularMs);
}

/** Early enough for an answer to be there when the step is due, late enough to be about the step before. */
const leadMs = ({ timing }: GateStanding, gapMs: number): number =>
  Math.min(timing.timeoutMs, gapMs / 2);

/** Paused, waiting for connections to end, or at a step that stands for long. */
function isHolding(state: RolloutState): boolean {
  if (state.pausedAtMs !== undefined || state.phase.kind === 'draining') return true;
  return (nextStep(state)?.gapMs ?? 0) > holdMs;
}

/** The step that comes next, and how long the one before it stands. */
function nextStep(
  state: RolloutState,
): { readonly dueMs: number; readonly gapMs: number } | undefined {
  const course = courseOf(state);
  if (!course) return undefined;
  const step = slowestStep(state, course) + 1;
  const dueMs = dueAtMs(state, course, step);
  return { dueMs, gapMs: step === 0 ? 0 : dueMs - dueAtMs(state, course, step - 1) };
}
