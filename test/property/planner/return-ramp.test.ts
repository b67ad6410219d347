import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../src/domain/address.ts';
import { rollbackRamp, stepsBack } from '../../../src/planner/weights/rollback-ramp.ts';

const service = 'tcp/10.0.0.100:80' as ServiceKey;
const weight = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3_000 }));

const way = fc
  .array(fc.tuple(weight, weight), { minLength: 2, maxLength: 8 })
  .chain((pairs) => fc.tuple(fc.constant(pairs), fc.boolean()))
  .map(([pairs, mayRescale]) => ({
    service,
    mayRescale,
    from: pairs.map(([from]) => from),
    to: pairs.map(([, to]) => to),
  }))
  .filter(({ from, to }) => from.some(Boolean) && to.some(Boolean));
const count = fc.integer({ min: 1, max: 40 });

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe('the steps of a way back', () => {
  it('begin with the weights that stand and end with those from before, on one scale', () => {
    fc.assert(
      fc.property(way, count, (one, n) => {
        const steps = stepsBack(one, n);
        expect(steps).toHaveLength(n + 1);
        const scale = sum(steps[0] ?? []) / sum(one.from);
        expect(steps[0]).toEqual(one.from.map((from) => from * scale));
        expect(steps[n]).toEqual(one.to.map((to) => to * scale));
        if (!one.mayRescale) expect(scale).toBe(1);
      }),
    );
  });

  it('never take weight from a server that gets some, nor give to one that gives some back', () => {
    fc.assert(
      fc.property(way, count, (one, n) => {
        const steps = stepsBack(one, n);
        for (let k = 1; k <= n; k++) {
          for (const [i, to] of one.to.entries()) {
            const moved = (steps[k]?.[i] ?? 0) - (steps[k - 1]?.[i] ?? 0);
            expect(Math.sign(moved) * Math.sign(to - (one.from[i] ?? 0))).not.toBe(-1);
            if (to === one.from[i]) expect(moved).toBe(0);
          }
        }
      }),
    );
  });

  it('conserve the sum where it is the same at both ends, and never leave a service without weight', () => {
    fc.assert(
      fc.property(way, count, (one, n) => {
        const totals = stepsBack(one, n).map(sum);
        for (const total of totals) expect(total).toBeGreaterThan(0);
        if (sum(one.from) === sum(one.to)) expect(new Set(totals).size).toBe(1);
      }),
    );
  });

  it('each move something where a finer scale is allowed', () => {
    const steps = stepsBack({ service, from: [0, 1], to: [1, 0], mayRescale: true }, 4);
    expect(steps).toEqual([
      [0, 4],
      [1, 3],
      [2, 2],
      [3, 1],
      [4, 0],
    ]);
    expect(stepsBack({ service, from: [0, 4, 1], to: [4, 0, 1], mayRescale: true }, 2)).toEqual([
      [0, 4, 1],
      [2, 2, 1],
      [4, 0, 1],
    ]);
  });
});

describe('the times of a way back', () => {
  it('are even, and the fraction that is still moved falls to nothing', () => {
    const ramp = rollbackRamp({
      overMs: 10_000,
      everyMs: 4_000,
      movedFraction: 0.6,
      directors: [],
    });
    expect(ramp.schedule.map(({ atMs }) => atMs)).toEqual([0, 3_333, 6_667, 10_000]);
    expect(ramp.schedule.map(({ fraction }) => Number(fraction.toFixed(6)))).toEqual([
      0.6, 0.4, 0.2, 0,
    ]);
  });
});
