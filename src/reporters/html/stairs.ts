import type { TimePoint } from '../../charts/time-chart.ts';

/** More of them than a picture has dots. */
const most = 2_000;

/** Of a very long list some, evenly, with the last. */
export function evenly<T>(list: readonly T[]): readonly T[] {
  if (list.length <= most) return list;
  const each = Math.ceil(list.length / most);
  return list.filter((_, index) => index % each === 0 || index === list.length - 1);
}

/** A stair goes on to the end. */
export const held = (points: readonly TimePoint[], untilMs: number): readonly TimePoint[] => {
  const last = points.at(-1);
  return last && last[0] < untilMs ? [...points, [untilMs, last[1]]] : points;
};
