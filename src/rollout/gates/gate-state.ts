import type { ServerKey } from '../../domain/address.ts';
import type { GateLabel } from '../../domain/health/gate.ts';
import type { Gate, GateAnswer } from '../ports.ts';

/** The timing of a gate: how often it is asked, and how many answers make its verdict. */
export interface GateTiming {
  readonly intervalMs: number;
  /** The longest time that an answer may take. */
  readonly timeoutMs: number;
  /** Good answers in a row that make the gate pass. */
  readonly rise: number;
  /** Bad answers in a row that make the gate fail, so that one blip does nothing. */
  readonly fall: number;
  /** `always`, or only before steps and all through a hold. */
  readonly when: 'always' | 'before-steps';
  /** The step during which the gate is asked; absent: all through the rollout. */
  readonly atStep?: number;
}

export interface TimedGate {
  readonly gate: Gate;
  readonly timing: GateTiming;
}

/** The gate, as its events name it. */
export interface GateAbout extends GateLabel {
  /** The real server that a check asks. */
  readonly server: ServerKey | undefined;
}

/** The state of one gate. */
export interface GateState {
  readonly gate: GateAbout;
  readonly timing: GateTiming;
  /** `failed` is final: the rollout is rolled back or held. */
  readonly verdict: 'unknown' | 'passed' | 'failed';
  /** Good answers in a row while the number is positive, bad ones while it is negative. */
  readonly streak: number;
  /** A question is under way; a gate is never asked twice at a time. */
  readonly isAsking: boolean;
  /** The times of the last question and of the last answer. */
  readonly askedMs?: number;
  readonly answeredMs?: number;
  /** The time at which the last answered question was asked, which the answer is about. */
  readonly aboutMs?: number;
  readonly detail: string;
}

export const unasked = ({ gate: { name, kind, server }, timing }: TimedGate): GateState => ({
  gate: { gate: name, gateKind: kind, server },
  timing,
  verdict: 'unknown',
  streak: 0,
  isAsking: false,
  detail: 'not asked yet',
});

/** The time after which a gate that is unsure is asked again. */
const againMs = 500;

export const afterAsking = (standing: GateState, nowMs: number): GateState => ({
  ...standing,
  isAsking: true,
  askedMs: nowMs,
});

export function afterAnswer(
  standing: GateState,
  { passed, detail }: GateAnswer,
  nowMs: number,
): GateState {
  const { timing, streak, askedMs = nowMs } = standing;
  const next = passed ? Math.max(0, streak) + 1 : Math.min(0, streak) - 1;
  return {
    ...standing,
    detail,
    streak: next,
    isAsking: false,
    answeredMs: nowMs,
    aboutMs: askedMs,
    verdict: verdictAfter(standing.verdict, next, timing),
  };
}

function verdictAfter(
  before: GateState['verdict'],
  streak: number,
  { rise, fall }: GateTiming,
): GateState['verdict'] {
  if (before === 'failed' || -streak >= fall) return 'failed';
  return streak >= rise ? 'passed' : before;
}

/**
 * Tells whether a gate is unsure: the last answer spoke against its verdict, or there is none yet.
 */
export const isUnsure = ({ verdict, streak }: GateState): boolean =>
  verdict === 'unknown' || streak < 0;

/** The next time to ask a gate that is asked all the time; a time in the past means now. */
export function nextAskMs(standing: GateState): number {
  const { askedMs, answeredMs, timing } = standing;
  if (askedMs === undefined) return 0;
  if (isUnsure(standing)) return (answeredMs ?? askedMs) + Math.min(againMs, timing.intervalMs);
  return askedMs + timing.intervalMs;
}

/**
 * Tells whether a gate's last answer was good, and about no earlier time; open questions do not
 * count.
 */
export const isFresh = (standing: GateState, sinceMs: number): boolean =>
  standing.verdict === 'passed' && standing.streak > 0 && (standing.aboutMs ?? -1) >= sinceMs;
