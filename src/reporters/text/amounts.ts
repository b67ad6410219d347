import { formatDuration } from '../../domain/duration.ts';

/** `percent(0.351) = '35 %'`, `percent(0.351, 1) = '35.1 %'`. */
export const percent = (fraction: number, digits = 0): string =>
  `${(100 * fraction).toFixed(digits)} %`;

/** A percentage in as few digits as say it, one behind the point at most: `0.125` is `12.5 %`. */
export const shortPercent = (fraction: number): string =>
  `${Number((100 * fraction).toFixed(1))} %`;

/** A duration as precise as somebody reads it: 59,006 ms is `59s`, 1,234 is `1.2s`, 340 is `340ms`. */
export function roughly(ms: number): string {
  if (ms < 1_000) return formatDuration(ms);
  const unit = ms < 10_000 ? 100 : 1_000;
  return formatDuration(Math.round(ms / unit) * unit);
}

/** A duration as a clock shows it: 135,000 ms is `2:15`, and so is 134,998; 1 h is `1:00:00`. */
export function clock(ms: number): string {
  const seconds = Math.round(Math.max(0, ms) / 1_000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** `count(1, 'step') = '1 step'`, `count(35678, 'connection') = '35,678 connections'`. */
export const count = (n: number, one: string, many = `${one}s`): string =>
  `${grouped(n)} ${n === 1 ? one : many}`;

/** A whole number: 35678 is `35,678`. Without Intl, whose first use takes longer than making a plan. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');
