import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan, RampRequest, ServicePlan } from '../../../src/domain/rollout/plan.ts';
import { planSchema } from '../../../src/files/plan-schema.ts';
import { buildMove, type MoveResult } from '../../../src/planner/moves/build-move.ts';
import { rescale } from '../../../src/planner/weights/rescale.ts';
import { defaultPolicy, server } from '../../support/simulated-rollout.ts';
import {
  bystanderAddress,
  oldAddress,
  realServer,
  snapshotOf,
  wrrService,
} from '../../support/tables.ts';

interface Case {
  /** Of servers that are there, and that are added where the weight before is null. */
  readonly moving: readonly { readonly now: number; readonly target: number }[];
  readonly bystanders: readonly number[];
  readonly rate: number;
  readonly ramp: RampRequest;
}

const weight = fc.oneof(
  fc.integer({ min: 0, max: 10 }),
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(1, 100, 1_000),
);

const cases: fc.Arbitrary<Case> = fc
  .record({
    moving: fc.array(fc.record({ now: weight, target: weight }), { minLength: 1, maxLength: 4 }),
    bystanders: fc.array(weight, { maxLength: 4 }),
    rate: fc.constantFrom(0, 1, 50, 1_000),
    overMs: fc.constantFrom(0, 10_000, 300_000),
    steps: fc.integer({ min: 1, max: 40 }),
    curve: fc.constantFrom('linear' as const, 's-curve' as const, 'exponential' as const),
    until: fc.option(fc.constantFrom(0.1, 0.25, 0.5), { nil: undefined }),
  })
  .map(({ overMs, steps, curve, until, ...rest }) => ({
    ...rest,
    ramp: {
      ...{ overMs, curve, everyMs: Math.max(100, overMs / steps) },
      ...(until === undefined ? {} : { until }),
    },
  }));

const buildWeights = ({ moving, bystanders, rate, ramp }: Case): MoveResult => {
  const service = wrrService([
    ...moving.map(({ now }, i) => realServer(oldAddress(i), now)),
    ...bystanders.map((one, i) => realServer(bystanderAddress(i), one)),
  ]);
  return buildMove(
    {
      move: 'weight',
      servers: moving.map(({ target }, i) => ({ name: server(oldAddress(i)), weight: target })),
      ...{ ramp, policy: defaultPolicy, force: true },
    },
    [{ director: 'local', snapshot: snapshotOf([service], new Map([[service.key, rate]])) }],
  );
};

const buildAdded = ({ moving, bystanders, rate, ramp }: Case): MoveResult => {
  const service = wrrService(bystanders.map((one, i) => realServer(bystanderAddress(i), one)));
  return buildMove(
    {
      move: 'add',
      servers: moving.map(({ target }, i) => ({ name: server(oldAddress(i)), weight: target })),
      services: [service.key],
      ...{ ramp, policy: defaultPolicy, force: false },
    },
    [{ director: 'local', snapshot: snapshotOf([service], new Map([[service.key, rate]])) }],
  );
};

const serviceOf = ({ plan, diagnostics }: MoveResult): { plan: Plan; service: ServicePlan } => {
  const service = plan?.directors[0]?.services[0];
  if (!plan || !service) throw new Error(JSON.stringify(diagnostics));
  return { plan, service };
};

/** What holds of the weights of every step of a move, whatever its scale. */
function expectMove(
  { moving, bystanders }: Case,
  { steps, finalWeights }: Pick<ServicePlan, 'steps' | 'finalWeights'>,
): void {
  const targets = [...moving.map(({ target }) => target), ...bystanders];
  expect(finalWeights).toEqual(targets);
  expect(steps.at(-1)).toEqual(targets);
  for (const weights of steps) {
    expect(weights.every((one) => Number.isInteger(one) && one >= 0 && one <= 65_535)).toBe(true);
    // All bystanders by one factor: their proportions among themselves are exactly their own.
    const others = weights.slice(moving.length);
    const [first = 0] = bystanders;
    const [inForce = 0] = others;
    others.forEach((one, i) => {
      expect(one * first).toBe((bystanders[i] ?? 0) * inForce);
    });
  }
  for (const [index, { now, target }] of moving.entries()) {
    const own = steps.slice(0, -1).map((weights) => weights[index] ?? -1);
    const sorted = [...own].sort((a, b) => (target >= now ? a - b : b - a));
    expect(own).toEqual(sorted);
  }
}

describe('weights of servers that go to other weights', () => {
  it('leave all others in their proportions, never turn round, and end exactly as asked', () => {
    fc.assert(
      fc.property(cases, (one) => {
        fc.pre(one.moving.some(({ now }) => now > 0) || one.bystanders.some((own) => own > 0));
        const { plan, service } = serviceOf(buildWeights(one));
        expectMove(one, service);
        expect(service.steps[0]?.some((weights) => weights > 0)).toBe(true);
        expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
      }),
      { numRuns: 500 },
    );
  });

  it('begin at 0 for servers that are added', () => {
    const added = cases.map((one) => ({
      ...one,
      moving: one.moving.map(({ target }) => ({ now: 0, target: Math.max(1, target) })),
      bystanders: [100, ...one.bystanders],
    }));
    fc.assert(
      fc.property(added, (one) => {
        const { plan, service } = serviceOf(buildAdded(one));
        expectMove(one, service);
        expect(service.steps[0]?.slice(0, one.moving.length)).toEqual(one.moving.map(() => 0));
        expect(service.added).toHaveLength(one.moving.length);
        expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
      }),
      { numRuns: 300 },
    );
  });

  it('are that on the scale of other traffic as well', () => {
    fc.assert(
      fc.property(cases, fc.constantFrom(1, 10, 300, 5_000), fc.nat(), (one, perStep, at) => {
        fc.pre(one.moving.some(({ now }) => now > 0) || one.bystanders.some((own) => own > 0));
        const { plan, service } = serviceOf(buildWeights(one));
        const fractions = plan.schedule.map(({ fraction }) => fraction);
        const fromStep = 1 + (at % Math.max(1, fractions.length - 1));
        const measured = { connectionsPerStep: perStep, uncertainty: 0.02 };
        const rest = rescale(service, fractions, fromStep, measured);
        if (!rest) return;
        expect(rest.steps).toHaveLength(fractions.length - fromStep);
        expectMove(one, { ...service, steps: rest.steps });
      }),
      { numRuns: 500 },
    );
  });
});
