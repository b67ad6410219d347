import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { thinPoints } from '../../../src/charts/thin-points.ts';
import type { TimePoint } from '../../../src/charts/time-chart.ts';

const pointLists = fc
  .array(fc.tuple(fc.nat(1_000_000), fc.option(fc.nat(1_000), { freq: 20 })), { maxLength: 400 })
  .map((points): readonly TimePoint[] => points.sort(([a], [b]) => a - b));

const valuesOf = (points: readonly TimePoint[]) =>
  points.flatMap(([, value]) => (value === null ? [] : [value]));

describe('thinned points', () => {
  it('are no more than asked for, some of the ones there were, and in their order', () => {
    fc.assert(
      fc.property(pointLists, fc.integer({ min: 5, max: 200 }), (points, most) => {
        const thinned = thinPoints(points, most);
        expect(thinned.length).toBeLessThanOrEqual(Math.max(most, 5));
        let from = 0;
        for (const point of thinned) {
          from = points.indexOf(point, from) + 1;
          expect(from).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('have the first, the last, the lowest and the highest, and a gap where there was one', () => {
    fc.assert(
      fc.property(pointLists, (points) => {
        const thinned = thinPoints(points, 50);
        expect(thinned[0]).toBe(points[0]);
        expect(thinned.at(-1)).toBe(points.at(-1));
        expect(Math.min(...valuesOf(thinned))).toBe(Math.min(...valuesOf(points)));
        expect(Math.max(...valuesOf(thinned))).toBe(Math.max(...valuesOf(points)));
        const hasGap = (list: readonly TimePoint[]) => list.some(([, value]) => value === null);
        expect(hasGap(thinned)).toBe(hasGap(points));
      }),
    );
  });

  it('are all of them where they are few', () => {
    const points = [[0, 1] as const, [1, 2] as const];
    expect(thinPoints(points, 5)).toBe(points);
  });
});
