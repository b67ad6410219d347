import type { TimePoint } from './time-chart.ts';

/**
 * Thins points to some `most` that show the same line: of each stretch of time its first, lowest,
 * highest and last, and a gap where there is one.
 */
export function thinPoints(points: readonly TimePoint[], most: number): readonly TimePoint[] {
  const [first, last] = [points[0], points.at(-1)];
  if (points.length <= most || !first || !last) return points;
  const buckets = Math.max(1, Math.floor(most / 5));
  const widthMs = (last[0] - first[0]) / buckets;
  const thinned: TimePoint[] = [];
  for (let start = 0; start < points.length; ) {
    const bucket = bucketOf(points[start], first[0], widthMs, buckets);
    let end = start + 1;
    while (end < points.length && bucketOf(points[end], first[0], widthMs, buckets) === bucket) {
      end++;
    }
    for (const index of telling(points, start, end)) {
      const point = points[index];
      if (point) thinned.push(point);
    }
    start = end;
  }
  return thinned;
}

function bucketOf(
  point: TimePoint | undefined,
  fromMs: number,
  widthMs: number,
  buckets: number,
): number {
  if (!point || widthMs <= 0) return 0;
  return Math.min(buckets - 1, Math.floor((point[0] - fromMs) / widthMs));
}

/** Indices from `start` to before `end`, in order, each once. */
function telling(points: readonly TimePoint[], start: number, end: number): readonly number[] {
  let [lowest, highest, gap] = [start, start, start];
  for (let index = start; index < end; index++) {
    const value = points[index]?.[1] ?? null;
    if (value === null) gap = index;
    else {
      if (value < (points[lowest]?.[1] ?? Number.POSITIVE_INFINITY)) lowest = index;
      if (value > (points[highest]?.[1] ?? Number.NEGATIVE_INFINITY)) highest = index;
    }
  }
  return [...new Set([start, lowest, highest, gap, end - 1])].sort((a, b) => a - b);
}
