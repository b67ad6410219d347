import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ServiceKey, serverKey } from '../../../src/domain/address.ts';
import type { VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import type { Plan, RampRequest, ServicePlan } from '../../../src/domain/rollout/plan.ts';
import { planSchema } from '../../../src/files/plan-schema.ts';
import {
  buildMaintenance,
  type MaintenanceResult,
} from '../../../src/planner/maintenance/build-maintenance.ts';
import type { Remembered } from '../../../src/planner/maintenance/remembered.ts';
import { defaultPolicy, server } from '../../support/simulated-rollout.ts';
import {
  bystanderAddress,
  oldAddress,
  realServer,
  snapshotOf,
  wrrService,
} from '../../support/tables.ts';

interface Case {
  readonly moving: readonly number[];
  readonly bystanders: readonly number[];
  readonly rate: number;
  readonly ramp: RampRequest;
}

const weight = fc.oneof(
  fc.integer({ min: 0, max: 10 }),
  fc.integer({ min: 0, max: 300 }),
  fc.constantFrom(1, 100, 1_000, 65_535),
);

const cases: fc.Arbitrary<Case> = fc
  .record({
    moving: fc.array(weight, { minLength: 1, maxLength: 4 }),
    bystanders: fc.array(weight, { maxLength: 4 }),
    rate: fc.constantFrom(0, 1, 50, 1_000),
    overMs: fc.constantFrom(0, 10_000, 300_000),
    steps: fc.integer({ min: 1, max: 60 }),
    curve: fc.constantFrom('linear' as const, 's-curve' as const, 'exponential' as const),
    percentages: fc.option(fc.constantFrom([100], [1, 5, 25, 50, 100]), { nil: undefined }),
  })
  .map(({ overMs, steps, curve, percentages, ...rest }) => ({
    ...rest,
    ramp: {
      overMs,
      curve,
      everyMs: Math.max(100, overMs / steps),
      ...(percentages ? { percentages } : {}),
    },
  }));

const tableOf = ({ moving, bystanders }: Case): VirtualService =>
  wrrService([
    ...moving.map((one, i) => realServer(oldAddress(i), one)),
    ...bystanders.map((one, i) => realServer(bystanderAddress(i), one)),
  ]);

const build = (
  direction: 'out' | 'in',
  one: Case,
  service: VirtualService,
  more: { readonly force?: boolean; readonly remembered?: readonly Remembered[] } = {},
): MaintenanceResult =>
  buildMaintenance(
    {
      direction,
      servers: one.moving.map((_, i) => server(oldAddress(i))),
      ramp: one.ramp,
      policy: defaultPolicy,
      force: more.force ?? false,
    },
    [
      {
        director: 'local',
        snapshot: snapshotOf([service], new Map([[service.key, one.rate]])),
        remembered: more.remembered ?? [],
      },
    ],
  );

const only = (plan: Plan | undefined): ServicePlan => {
  const service = plan?.directors[0]?.services[0];
  if (!service) throw new Error('no plan');
  expect(planSchema.safeParse(JSON.parse(JSON.stringify(plan))).error).toBeUndefined();
  return service;
};

const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);

/** The table as a plan leaves it. */
const carriedOut = (service: VirtualService, plan: ServicePlan): VirtualService => ({
  ...service,
  servers: service.servers.map((one) => ({
    ...one,
    weight: plan.finalWeights[plan.servers.indexOf(one.key)] ?? -1,
  })),
});

/** What stays of everybody else: the same shares among them at each step, and their weights at the end. */
function expectBystandersUntouched({ bystanders, moving }: Case, plan: ServicePlan): void {
  for (const step of plan.steps) {
    const others = step.slice(moving.length);
    const now = sum(others);
    const before = sum(bystanders);
    expect(others.map((one) => one * before)).toEqual(bystanders.map((one) => one * now));
    if (before > 0) expect(now).toBeGreaterThan(0);
  }
  expect(plan.finalWeights.slice(moving.length)).toEqual(bystanders);
  expect(plan.steps.at(-1)).toEqual(plan.finalWeights);
}

/** Each moving server's weight in units of the bystanders' scale, at each step. */
const scaled = ({ bystanders, moving }: Case, plan: ServicePlan, i: number): readonly number[] =>
  plan.steps.map((step) => ((step[i] ?? -1) * sum(bystanders)) / sum(step.slice(moving.length)));

describe('a plan of drain out', () => {
  it('lowers its servers to 0 and touches nobody else, and no service loses all weight', () => {
    fc.assert(
      fc.property(cases, (one) => {
        fc.pre(sum(one.bystanders) > 0);
        const plan = only(build('out', one, tableOf(one)).plan);
        expectBystandersUntouched(one, plan);
        for (const step of plan.steps) expect(sum(step)).toBeGreaterThan(0);
        one.moving.forEach((now, i) => {
          const way = scaled(one, plan, i);
          expect(way[0]).toBeCloseTo(now, 6);
          expect(way.at(-1)).toBe(0);
          way.forEach((weightNow, k) => {
            expect(weightNow).toBeLessThanOrEqual((way[k - 1] ?? weightNow) + 1e-9);
          });
        });
      }),
    );
  });

  it('that would leave a service without weight is refused, and made when it is forced', () => {
    fc.assert(
      fc.property(cases, (case_) => {
        const one = { ...case_, bystanders: case_.bystanders.map(() => 0) };
        fc.pre(sum(one.moving) > 0);
        const refused = build('out', one, tableOf(one));
        expect(refused.plan).toBeUndefined();
        expect(refused.diagnostics).toContainEqual(
          expect.objectContaining({ code: 'no-weight-left', severity: 'error', kind: 'preflight' }),
        );
        const forced = only(build('out', one, tableOf(one), { force: true }).plan);
        expect(sum(forced.finalWeights)).toBe(0);
      }),
    );
  });
});

describe('a plan of drain in', () => {
  it('raises its servers to exactly what they had, and touches nobody else', () => {
    fc.assert(
      fc.property(cases, (one) => {
        // A server that had no weight is not known to have one to come back to.
        fc.pre(one.moving.every((now) => now > 0));
        const before = tableOf(one);
        const out = only(build('out', one, before, { force: true }).plan);
        const remembered = one.moving.map((weightBefore, i) => ({
          service: before.key as ServiceKey,
          server: serverKey(oldAddress(i), 80),
          reason: 'operator' as const,
          weight: weightBefore,
        }));
        const after = carriedOut(before, out);
        const plan = only(build('in', one, after, { remembered }).plan);
        expectBystandersUntouched(one, plan);
        expect(carriedOut(after, plan)).toEqual(before);
        if (sum(one.bystanders) === 0) return;
        one.moving.forEach((_, i) => {
          const way = scaled(one, plan, i);
          expect(way[0]).toBe(0);
          way.forEach((weightNow, k) => {
            expect(weightNow).toBeGreaterThanOrEqual((way[k - 1] ?? weightNow) - 1e-9);
          });
        });
      }),
    );
  });
});
