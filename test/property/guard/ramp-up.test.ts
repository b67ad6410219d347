import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elapsedAt, nextStepAt, rampWeight } from '../../../src/guard/decide/ramp-up.ts';

const ramps = fc.record({
  wanted: fc.integer({ min: 1, max: 65_535 }),
  overMs: fc.integer({ min: 0, max: 600_000 }),
});

describe('a ramp back', () => {
  it('begins with 1 or the whole, never falls, and ends with the whole in time', () => {
    fc.assert(
      fc.property(ramps, fc.array(fc.nat(700_000)), (ramp, times) => {
        const weights = times.sort((a, b) => a - b).map((atMs) => rampWeight(ramp, atMs));
        expect(weights).toEqual([...weights].sort((a, b) => a - b));
        for (const weight of weights) expect(Number.isInteger(weight) && weight >= 1).toBe(true);
        expect(rampWeight(ramp, ramp.overMs)).toBe(ramp.wanted);
        if (ramp.overMs > 0) expect(rampWeight(ramp, 0)).toBe(1);
        expect(new Set(weights).size).toBeLessThanOrEqual(1 + Math.ceil(ramp.overMs / 1_000));
      }),
    );
  });

  it('is at its next weight when it says that its next step is due, and not before', () => {
    fc.assert(
      fc.property(ramps, fc.nat(600_000), ({ wanted, overMs }, atMs) => {
        fc.pre(wanted > 1 && overMs >= 100 && atMs < overMs);
        const ramp = { wanted, overMs };
        const nextMs = nextStepAt(ramp, atMs);
        expect(nextMs).toBeGreaterThan(atMs);
        expect(rampWeight(ramp, nextMs)).toBeGreaterThan(rampWeight(ramp, atMs));
      }),
    );
  });

  it('is over at a weight that is above the whole', () => {
    expect([100, 150].map((weight) => elapsedAt({ wanted: 100, overMs: 30_000 }, weight))).toEqual([
      30_000, 30_000,
    ]);
  });

  it('that was cut off goes on from the weight that it had, not below and not a step above', () => {
    fc.assert(
      fc.property(ramps, fc.nat(65_535), ({ wanted, overMs }, part) => {
        fc.pre(overMs > 0);
        const ramp = { wanted, overMs };
        const weight = 1 + (part % wanted);
        const elapsedMs = elapsedAt(ramp, weight);
        expect(elapsedMs).toBeLessThanOrEqual(overMs);
        expect(rampWeight(ramp, elapsedMs)).toBeLessThanOrEqual(weight);
      }),
    );
  });

  it('is as fine as the weight is', () => {
    const at = (wanted: number) =>
      [0, 3, 6, 9, 15, 27, 30].map((s) => rampWeight({ wanted, overMs: 30_000 }, s * 1_000));
    expect(at(100)).toEqual([1, 10, 20, 30, 50, 90, 100]);
    expect(at(3)).toEqual([1, 1, 1, 1, 2, 2, 3]);
    expect(at(1)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });
});
