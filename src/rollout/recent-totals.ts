import type { Director, RecentTotals } from './ports.ts';

/** A sample brings them along every four seconds at least, and a poll is usually made every second. */
const longestAgeMs = 6_000;

/** What a listing has brought along not long ago, and after `sinceMs`: for those to whom the exact moment does not matter. */
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
