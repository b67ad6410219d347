import type { Director, RecentTotals } from '../ports.ts';

/** The greatest age of totals that count: samples bring them every four seconds at least. */
const longestAgeMs = 6_000;

/** Returns totals of a recent listing after `sinceMs`, where the exact moment does not matter. */
export function totalsOfLate(
  director: Pick<Director, 'recentTotals'>,
  nowMs: number,
  sinceMs = 0,
): RecentTotals | undefined {
  const recent = director.recentTotals();
  return recent && recent.atMs > sinceMs && nowMs - recent.atMs <= longestAgeMs
    ? recent
    : undefined;
}
