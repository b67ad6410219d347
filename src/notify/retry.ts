/** The first wait, doubled for every try, up to the longest. */
const firstWaitMs = 1_000;
const longestWaitMs = 20_000;

export interface Tried {
  /** The number of tries so far. */
  readonly tries: number;
  readonly nowMs: number;
  /** The time after which a try is not worth it any more. */
  readonly deadlineMs: number;
  /** A number in 0...1. */
  readonly random: number;
  /** The time when the receiver wants to be asked again, if it said so. */
  readonly notBeforeMs?: number | undefined;
}

/**
 * The time of the next try: with longer and longer waits, each by up to a half shorter, so that
 * many who lost the same receiver do not come back at once; never before the receiver wants it.
 * `undefined`: not any more. Without a Retry-After: after 0.5-1s, 1-2s, 2-4s, 4-8s, 8-16s, 10-20s.
 */
export function nextTryMs(tried: Tried): number | undefined {
  const { tries, nowMs, deadlineMs, random, notBeforeMs = nowMs } = tried;
  const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1));
  const atMs = Math.max(notBeforeMs, nowMs + waitMs * (1 - random / 2));
  return atMs < deadlineMs ? atMs : undefined;
}

/** Parses seconds or a date (RFC 9110, 10.2.3). `undefined` for a value that is neither. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return nowMs + 1_000 * Number(value);
  // Date.parse takes nearly anything: a date has the name of its day.
  const dateMs = /^[A-Z][a-z]{2},/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(dateMs) ? undefined : dateMs;
}
