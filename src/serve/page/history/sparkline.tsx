import type { VNode } from 'preact';
import type { TimePoint } from '../../../charts/time-chart.ts';
import { highest } from '../sums.ts';

const widthPx = 96;
const heightPx = 20;

/** The last minutes as a line without words: the numbers beside it say what is now. */
export function Sparkline({ points }: { readonly points: readonly TimePoint[] }): VNode {
  return (
    <svg class="sparkline" viewBox={`0 0 ${widthPx} ${heightPx}`} aria-hidden="true">
      <path d={sparklinePath(points)} />
    </svg>
  );
}

const leastMs = 60_000;

/** A path as wide as the time seen, so that it grows from the right for the first minute only. */
function sparklinePath(points: readonly TimePoint[]): string {
  const lastMs = points.at(-1)?.[0] ?? 0;
  const spanMs = Math.max(leastMs, lastMs - (points[0]?.[0] ?? 0));
  const top = Math.max(
    1,
    highest(points, ([, value]) => value ?? 0),
  );
  let isGap = true;
  let path = '';
  for (const [atMs, value] of points) {
    if (value !== null) {
      const x = widthPx - ((lastMs - atMs) / spanMs) * widthPx;
      const y = heightPx - 1.5 - (value / top) * (heightPx - 3);
      path += `${isGap ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    }
    isGap = value === null;
  }
  return path;
}
