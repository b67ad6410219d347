import type { TimePoint } from '../../charts/time-chart.ts';

/** As many points as a chart is wide; the older half is then made half as dense. */
export const mostPoints = 1_200;

/**
 * One more point at the end. A page that is left open for weeks keeps the shape of all it saw and no
 * more than `mostPoints` of it: the newest as they came, older ones ever sparser. Gaps stay.
 */
export function appended(
  points: readonly TimePoint[],
  point: TimePoint,
  most = mostPoints,
): readonly TimePoint[] {
  if (points.length < most) return [...points, point];
  const half = points.length >> 1;
  const sparser = points
    .slice(0, half)
    .filter(
      ([, value], index) => index % 2 === 0 || (value === null && points[index - 1]?.[1] !== null),
    );
  return [...sparser, ...points.slice(half), point];
}

/** Those of the last `spanMs` before the newest. */
export function recent(points: readonly TimePoint[], spanMs: number): readonly TimePoint[] {
  const last = points.at(-1);
  if (!last) return points;
  const from = points.findIndex(([atMs]) => atMs >= last[0] - spanMs);
  return points.slice(from);
}
