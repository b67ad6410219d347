import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gcdOf } from '../../../src/planner/weights/apportion.ts';
import {
  intendedAt,
  type RampTable,
  sum,
  weightsAt,
} from '../../../src/planner/weights/ramp-table.ts';
import { chooseScale } from '../../../src/planner/weights/weight-scale.ts';
import { scheduleSteps } from '../../support/scheduled-steps.ts';

/** What a wrr as the kernel's makes of the weights that are chosen. */
describe('the share that is delivered', () => {
  const pair = tableOf([100], 1, []);
  const twenty = equalSteps(20);

  it.each([5, 10, 20, 100, 1_000])(
    'is within one connection of the intended one, and no worse than in hundredths, at %i a step',
    (perStep) => {
      const { scale } = chooseScale(pair, twenty, perStep);
      const steps = twenty.map((fraction) => weightsAt(pair, scale.multiplier, fraction));
      const hundredths = twenty.map((fraction) => [
        Math.round(100 * (1 - fraction)),
        Math.round(100 * fraction),
      ]);
      const error = worstError(pair, twenty, steps, perStep);
      expect(error).toBeLessThanOrEqual(0.5 + 1e-9);
      expect(error).toBeLessThanOrEqual(worstError(pair, twenty, hundredths, perStep) + 1e-9);
    },
  );

  it('is off by no more than the plan says, and the one connection that is indivisible', () => {
    fc.assert(
      fc.property(traffic, ({ table, stepCount, perStep, before }) => {
        const fractions = equalSteps(stepCount);
        const { scale } = chooseScale(table, fractions, perStep);
        const steps = fractions.map((fraction) => weightsAt(table, scale.multiplier, fraction));
        const error = worstError(table, fractions, steps, perStep, before);
        expect(error).toBeLessThanOrEqual(scale.errorConnections + 1);
      }),
      { numRuns: 300 },
    );
  });
});

const weights = (minLength: number) =>
  fc.array(fc.integer({ min: 1, max: 60 }), { minLength, maxLength: 4 });

const traffic = fc.record({
  table: fc
    .record({ old: weights(1), newServers: fc.integer({ min: 1, max: 3 }), others: weights(0) })
    .map(({ old, newServers, others }) => tableOf(old, newServers, others)),
  stepCount: fc.integer({ min: 1, max: 40 }),
  perStep: fc.integer({ min: 1, max: 300 }),
  before: fc.nat({ max: 500 }),
});

function tableOf(
  old: readonly number[],
  newServers: number,
  bystanders: readonly number[],
): RampTable {
  const added = Array.from({ length: newServers }, () => 0);
  return {
    old,
    new: added,
    bystanders,
    gains: added.map(() => sum(old) / newServers),
    extra: 0,
    divisor: gcdOf([...old, ...bystanders]),
  };
}

function equalSteps(count: number): readonly number[] {
  return Array.from({ length: count + 1 }, (_, k) => k / count);
}

/** In connections, over all servers and steps. */
function worstError(
  table: RampTable,
  fractions: readonly number[],
  steps: readonly (readonly number[])[],
  perStep: number,
  before = 0,
): number {
  const delivered = scheduleSteps(steps, perStep, before);
  const errors = fractions.flatMap((fraction, step) => {
    const intended = intendedAt(table, fraction);
    const total = sum(intended);
    return intended.map((weight, server) =>
      Math.abs((delivered[step]?.[server] ?? 0) - (perStep * weight) / total),
    );
  });
  return Math.max(...errors);
}
