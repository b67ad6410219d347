import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apportion } from '../../../src/planner/weights/apportion.ts';
import { curveFraction } from '../../../src/planner/weights/curve.ts';

const shares = fc
  .array(
    fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.double({ min: 0, max: 50, noNaN: true })),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .filter((list) => list.some((share) => share > 1e-6));
const total = fc.integer({ min: 0, max: 5_000 });

describe('apportion', () => {
  it('hands out exactly the total, nobody less than nothing', () => {
    fc.assert(
      fc.property(total, shares, (whole, list) => {
        const parts = apportion(whole, list);
        expect(parts.reduce((a, b) => a + b, 0)).toBe(whole);
        expect(parts.every((part) => Number.isInteger(part) && part >= 0)).toBe(true);
      }),
    );
  });

  it('is what handing out one unit after another gives, each to the strongest claim', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), shares, (whole, list) => {
        const parts = list.map(() => 0);
        for (let unit = 0; unit < whole; unit++) {
          const claims = list.map((share, i) => share / (2 * (parts[i] ?? 0) + 1));
          const strongest = claims.indexOf(Math.max(...claims));
          parts[strongest] = (parts[strongest] ?? 0) + 1;
        }
        expect(apportion(whole, list)).toEqual(parts);
      }),
      { numRuns: 300 },
    );
  });

  it('takes nothing from anybody when there is more to hand out', () => {
    fc.assert(
      fc.property(total, shares, (whole, list) => {
        const more = apportion(whole + 1, list);
        apportion(whole, list).forEach((part, i) => {
          expect(part).toBeLessThanOrEqual(more[i] ?? 0);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('is exact where the proportions come out whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 20 }),
        (list, times) => {
          const whole = list.reduce((a, b) => a + b, 0);
          fc.pre(whole > 0);
          expect(apportion(whole * times, list)).toEqual(list.map((share) => share * times));
        },
      ),
    );
  });

  it('gives a server without a share nothing', () => {
    fc.assert(
      fc.property(total, shares, (whole, list) => {
        expect(apportion(whole, [...list, 0]).at(-1)).toBe(0);
      }),
    );
  });
});

describe('a curve', () => {
  it('begins at 0, ends at 1 and never falls', () => {
    const x = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom('linear', 's-curve', 'exponential'), x, x, (curve, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(curveFraction(curve, 0)).toBe(0);
        expect(curveFraction(curve, 1)).toBe(1);
        expect(curveFraction(curve, low)).toBeLessThanOrEqual(curveFraction(curve, high));
      }),
    );
  });
});
