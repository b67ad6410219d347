import { timeLabel } from '../../charts/time-chart-option.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { RolloutView } from '../view/rollout-view.ts';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** 12345 is `12,345`, and from a million on `1.2M`. */
export const count = (amount: number): string =>
  amount < 1_000_000 ? whole.format(amount) : short.format(amount);

/** 262144 is `262K`: where there is little room. */
export const shortCount = (amount: number): string => short.format(amount);

/** `1 server`, `2 servers`. */
export const counted = (amount: number, one: string, many = `${one}s`): string =>
  `${count(amount)} ${amount === 1 ? one : many}`;

/** 0.354 is `35 %`; what is nearly none or nearly all is not called so. */
export function percent(fraction: number): string {
  const rounded = Math.round(100 * fraction);
  if (rounded === 0 && fraction > 0) return '<1 %';
  if (rounded === 100 && fraction < 1) return '>99 %';
  return `${rounded} %`;
}

/** The time where the browser is: `12:00:05`, and with its date when that is long ago. */
export const clockTime = (atMs: number, nowMs = atMs): string =>
  timeLabel(atMs, nowMs - atMs > 12 * 3_600_000 ? Number.POSITIVE_INFINITY : 0, false);

export const duration = (ms: number): string => formatDuration(Math.floor(ms / 1_000) * 1_000);

/** A rest of time to the second, and above a few minutes no finer than it can be known: `about 40s`. */
export const about = (ms: number): string =>
  duration(ms < 10 * 60_000 ? ms : 60_000 * Math.round(ms / 60_000));

/** What a rollout still takes; `drainLeft` is the estimate from connections that have ended so far. */
export function leftWords(
  { left, standing }: Pick<RolloutView, 'left' | 'standing'>,
  drainLeft: number | undefined,
): string {
  const { rampMs, drainAtMostMs, onTimeout } = left;
  if (rampMs !== undefined) {
    const last = `${about(rampMs)} left of the ramp`;
    return standing === 'paused' ? `${last}, once it goes on` : last;
  }
  if (drainAtMostMs === undefined) return '';
  const most = `at most ${about(drainAtMostMs)}, then ${onTimeout ?? 'hold'}`;
  if (drainLeft === undefined) return most;
  return drainLeft === 0 ? 'empty now' : `empty in about ${about(drainLeft)}, ${most}`;
}

const doings = {
  ramping: 'moving new connections',
  draining: 'waiting for connections to end',
  returning: 'going back',
} as const;

/** The activity of a rollout in a few words. */
export function doing({ standing, phase }: Pick<RolloutView, 'standing' | 'phase'>): string {
  if (standing === 'running') return doings[phase];
  if (standing === 'paused') return 'waits for drain continue';
  if (standing === 'held') return 'stopped, and waits for somebody';
  return 'its process is gone without a word';
}
