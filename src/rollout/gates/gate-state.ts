import type { ServerKey } from '../../domain/address.ts';
import type { GateLabel } from '../../domain/health/gate.ts';
import type { Gate, GateAnswer } from '../ports.ts';

/** How often a gate is asked, and how many answers make up its mind. */
export interface GateTiming {
  readonly intervalMs: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** So many good answers in a row make it pass. */
  readonly rise: number;
  /** So many bad ones in a row make it fail, so that one blip does nothing. */
  readonly fall: number;
  /** `always`, or only before steps and all through a hold. */
  readonly when: 'always' | 'before-steps';
  /** Only while this step stands; absent: all through. */
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

/** What is known of one gate. */
export interface GateState {
  readonly gate: GateAbout;
  readonly timing: GateTiming;
  /** `failed` is final: the rollout goes back or holds. */
  readonly verdict: 'unknown' | 'passed' | 'failed';
  /** Good answers in a row while it is positive, bad ones while it is negative. */
  readonly streak: number;
  /** A question is under way; a gate is never asked twice at a time. */
  readonly isAsking: boolean;
  /** When it was asked last, and answered last. */
  readonly askedMs?: number;
  readonly answeredMs?: number;
  /** When the last question that it has answered was asked: what it says is about that time. */
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

/** While a gate has not made up its mind it is asked again this soon. */
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

/** It is not sure: the last answer spoke against its verdict, or there is no verdict yet. */
export const isUnsure = ({ verdict, streak }: GateState): boolean =>
  verdict === 'unknown' || streak < 0;

/** When a gate that is asked all the time comes next; in the past: now. */
export function nextAskMs(standing: GateState): number {
  const { askedMs, answeredMs, timing } = standing;
  if (askedMs === undefined) return 0;
  if (isUnsure(standing)) return (answeredMs ?? askedMs) + Math.min(againMs, timing.intervalMs);
  return askedMs + timing.intervalMs;
}

/** Its last word was good, and about no earlier time; a question that is under way says nothing. */
export const isFresh = (standing: GateState, sinceMs: number): boolean =>
  standing.verdict === 'passed' && standing.streak > 0 && (standing.aboutMs ?? -1) >= sinceMs;
