/** A count of open connections at a time; null where nobody could count. */
export type CountAt = readonly [atMs: number, open: number | null];

/** Less than this says nothing about how connections end. */
const shortestMs = 3_000;

/**
 * The time until the last connection ends, if connections go on ending as they did in the later half of
 * `counts`; undefined where they do not become fewer. Of N open ones with a mean life L the last ends
 * after about `L * ln(1 + 1.78 N)`, as in the estimate of a plan.
 *
 * Worked example: 80 open, and 40 ten seconds later: a life of 10 s / ln 2 = 14.4 s, and
 * 14.4 s * ln(1 + 1.78 * 40) = 61.8 s.
 */
export function drainLeftMs(counts: readonly CountAt[]): number | undefined {
  const known = counts.flatMap(([atMs, open]) => (open === null ? [] : [{ atMs, open }]));
  const [first, last] = [known[0], known.at(-1)];
  if (!first || !last) return undefined;
  if (last.open === 0) return 0;
  const halfMs = Math.min((first.atMs + last.atMs) / 2, last.atMs - shortestMs);
  const before = known.findLast(({ atMs }) => atMs <= halfMs);
  if (!before || before.open <= last.open) return undefined;
  const lifeMs = (last.atMs - before.atMs) / Math.log(before.open / last.open);
  return lifeMs * Math.log(1 + 1.78 * last.open);
}
