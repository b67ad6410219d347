import type { CheckTiming } from '../../domain/health/guard.ts';

/** The health of one server by the answers of its check so far. */
export interface Health {
  /** `unknown` until `rise` good or `fall` bad answers came in a row. */
  readonly verdict: 'unknown' | 'up' | 'down';
  /** The latest answers that are alike; `passed` tells whether they are good. */
  readonly streak?: Streak;
  /** The times when the server went down, the latest last; only those that still count. */
  readonly downsMs: readonly number[];
}

export interface Streak {
  readonly passed: boolean;
  readonly count: number;
  /** The time when the first answer of the streak came. */
  readonly sinceMs: number;
  /** The time when the latest answer of the streak was asked for. */
  readonly askedMs: number;
  readonly detail: string;
}

export interface Answer {
  readonly passed: boolean;
  readonly askedMs: number;
  readonly atMs: number;
  readonly detail: string;
  /** Of a Service on the node that was asked, where the answer counts them. */
  readonly endpoints?: number | undefined;
}

export const unasked: Health = { verdict: 'unknown', downsMs: [] };

/** A fall counts against a server for this many intervals: 10 minutes at 2 s. */
export const flapWindowIntervals = 300;
/** A flapping server needs at most this many times `rise`: at 2 s and `rise: 2` a good minute. */
export const mostRiseFactor = 16;

/** The health after one more answer. */
export function hear(health: Health, answer: Answer, timing: CheckTiming): Health {
  const streak = continued(health.streak, answer);
  const windowMs = flapWindowIntervals * timing.intervalMs;
  const downsMs = health.downsMs.filter((atMs) => atMs > answer.atMs - windowMs);
  const heard: Health = { verdict: health.verdict, streak, downsMs };
  if (streak.passed) {
    return streak.count >= riseOf(heard, timing) ? { ...heard, verdict: 'up' } : heard;
  }
  if (streak.count < timing.fall) return heard;
  // A server that was never seen up has not fallen.
  const fallen = health.verdict === 'up' ? [...downsMs, answer.atMs] : downsMs;
  return { ...heard, verdict: 'down', downsMs: fallen };
}

/**
 * The good answers in a row that a server needs to be up: each fall within the window but the first
 * doubles them. With `rise: 2` and one fall 2, then 4, 8, 16, and from the fifth on 32.
 */
export function riseOf({ downsMs }: Health, { rise }: CheckTiming): number {
  return rise * Math.min(mostRiseFactor, 2 ** Math.max(0, downsMs.length - 1));
}

function continued(before: Streak | undefined, answer: Answer): Streak {
  const { passed, askedMs, atMs, detail } = answer;
  const goesOn = before !== undefined && before.passed === passed;
  const [count, sinceMs] = goesOn ? [before.count + 1, before.sinceMs] : [1, atMs];
  return { passed, count, sinceMs, askedMs, detail };
}

/** Tells whether a server is down and still does not answer well. */
export const isFailing = ({ verdict, streak }: Health): boolean =>
  verdict === 'down' && streak?.passed === false;
