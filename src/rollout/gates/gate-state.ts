import type { ServerKey } from '../../domain/address.ts';
import type {
  AllowedFailures,
  GateBeginning,
  GateLabel,
  NoData,
  NoDataAction,
} from '../../domain/health/gate.ts';
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
  /** The time after which it is asked again when it is unsure; absent: 0.5 s. */
  readonly againMs?: number;
  /** The same after an answer that says nothing. */
  readonly againWithoutDataMs?: number;
  /** Bad answers that are allowed among the last ones; absent: `fall` in a row. */
  readonly failures?: AllowedFailures;
  readonly after?: GateBeginning;
  readonly noData?: NoDataAction;
  readonly onFailure?: 'rollback' | 'hold' | 'report';
  /** The question names the new servers, or compares them with the old ones. */
  readonly about?: 'new' | 'both';
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
  /** `failed` is final, for the rollout is rolled back or held; but not of a gate that only reports. */
  readonly verdict: 'unknown' | 'passed' | 'failed';
  /** Good answers in a row while the number is positive, bad ones while it is negative. */
  readonly streak: number;
  /** The answers of late that said something, good ones as `true`, the latest last. */
  readonly recent: readonly boolean[];
  /** The last answer said nothing, nor did any since that time. */
  readonly noData?: { readonly kind: NoData; readonly sinceMs: number };
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
  recent: [],
  isAsking: false,
  detail: 'not asked yet',
});

/** The time after which a gate that is unsure is asked again. */
const shortlyMs = 500;

export const afterAsking = (standing: GateState, nowMs: number): GateState => ({
  ...standing,
  isAsking: true,
  askedMs: nowMs,
});

export function afterAnswer(
  standing: GateState,
  { passed, detail, noData }: GateAnswer,
  nowMs: number,
): GateState {
  const { timing, askedMs = nowMs, noData: before, ...rest } = standing;
  const heard = { ...rest, timing, detail, isAsking: false, askedMs, answeredMs: nowMs };
  const { noData: meaning = 'wait' } = timing;
  if (noData && meaning === 'wait') {
    const sinceMs = before?.sinceMs ?? askedMs;
    return { ...heard, aboutMs: askedMs, noData: { kind: noData, sinceMs } };
  }
  const isGood = passed || (noData !== undefined && meaning === 'pass');
  const next = isGood ? Math.max(0, rest.streak) + 1 : Math.min(0, rest.streak) - 1;
  const recent = [...rest.recent, isGood].slice(-Math.max(fewAnswers, timing.failures?.of ?? 0));
  return {
    ...heard,
    aboutMs: askedMs,
    streak: next,
    recent,
    verdict: verdictAfter(rest.verdict, { streak: next, recent }, timing),
  };
}

/** Answers that are remembered in any case, to see whether they alternate. */
const fewAnswers = 6;

function verdictAfter(
  before: GateState['verdict'],
  { streak, recent }: Pick<GateState, 'streak' | 'recent'>,
  { rise, fall, failures, onFailure }: GateTiming,
): GateState['verdict'] {
  const isBad = failures
    ? badAmong(recent.slice(-failures.of)) > failures.allowed
    : -streak >= fall;
  if (isBad || (before === 'failed' && onFailure !== 'report')) return 'failed';
  return streak >= rise ? 'passed' : before;
}

const badAmong = (answers: readonly boolean[]): number =>
  answers.filter((isGood) => !isGood).length;

/** Tells whether the answers of late have changed from good to bad or back more than once. */
export const isAlternating = ({ recent }: GateState): boolean =>
  recent.filter((isGood, index) => index > 0 && isGood !== recent[index - 1]).length >= 2;

/**
 * Tells whether a gate is unsure: the last answer spoke against its verdict or said nothing, or there
 * is none yet.
 */
export const isUnsure = ({ verdict, streak, noData }: GateState): boolean =>
  verdict === 'unknown' || streak < 0 || noData !== undefined;

/** The next time to ask a gate that is asked all the time; a time in the past means now. */
export function nextAskMs(standing: GateState): number {
  const { askedMs, answeredMs, timing, noData } = standing;
  if (askedMs === undefined) return 0;
  if (isUnsure(standing)) {
    const { againMs = shortlyMs, againWithoutDataMs = againMs } = timing;
    const afterMs = noData ? againWithoutDataMs : againMs;
    return (answeredMs ?? askedMs) + Math.min(afterMs, timing.intervalMs);
  }
  return askedMs + timing.intervalMs;
}

/**
 * Tells whether a gate's last answer was good, and about no earlier time; open questions do not
 * count.
 */
export const isFresh = (standing: GateState, sinceMs: number): boolean =>
  hasAnsweredWell(standing) && isAbout(standing, sinceMs);

/** Tells whether the last answer was good. */
export const hasAnsweredWell = ({ verdict, streak, noData }: GateState): boolean =>
  verdict === 'passed' && streak > 0 && noData === undefined;

/** Tells whether a gate has answered, anything at all, about no earlier time. */
export const isAbout = ({ aboutMs }: GateState, sinceMs: number): boolean =>
  (aboutMs ?? -1) >= sinceMs;
