import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServicePlan } from '../../../src/domain/rollout/plan.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { baseScaleWeights, shareTolerance } from '../../../src/planner/weights/base-scale.ts';
import { request } from '../../support/simulated-rollout.ts';
import { newAddress, oldAddress, rampCase, tableOf } from '../../support/tables.ts';

/** The weights of a hold at any step of any ramp. */
describe('a service whose base scale a hold gives back', () => {
  it('has every bystander at its base weight, and the sum of the table before', () => {
    check(({ service, base }) => {
      const weights = baselineWeights(service);
      const others = service.oldServers.length + service.newServers.length;
      expect(base.slice(others)).toEqual(weights.slice(others));
      expect(sum(base)).toBe(sum(weights));
    });
  });

  it('has nobody at 0 who had weight, and nobody with weight who had none', () => {
    check(({ base, step }) => {
      expect(base.map((weight) => weight > 0)).toEqual(step.map((weight) => weight > 0));
    });
  });

  it('has the shares of the step, to within one in a hundred, and those of bystanders exactly', () => {
    check(({ service, base, step }) => {
      const others = service.oldServers.length + service.newServers.length;
      base.forEach((weight, i) => {
        const [share, due] = [weight / sum(base), (step[i] ?? 0) / sum(step)];
        expect(Math.abs(share - due)).toBeLessThanOrEqual(i < others ? shareTolerance : 1e-9);
      });
    });
  });

  it('has what the final table has once the ramp is over', () => {
    fc.assert(
      fc.property(rampCase, (ramp) => {
        const service = planned(ramp);
        fc.pre(
          service !== undefined && sum(service.finalWeights) === sum(baselineWeights(service)),
        );
        const last = service?.steps.at(-1) ?? [];
        const base = service && baseScaleWeights(service, last);
        if (base) expect(sum(base.slice(0, service.oldServers.length))).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

interface Checked {
  readonly service: ServicePlan;
  readonly step: readonly number[];
  readonly base: readonly number[];
}

function check(claim: (checked: Checked) => void): void {
  fc.assert(
    fc.property(rampCase, fc.nat(), (ramp, at) => {
      const service = planned(ramp);
      if (!service) return;
      const step = service.steps[at % service.steps.length] ?? [];
      const base = baseScaleWeights(service, step);
      if (base) claim({ service, step, base });
    }),
    { numRuns: 500 },
  );
}

function planned(ramp: Parameters<typeof tableOf>[0]): ServicePlan | undefined {
  const asked = request({
    from: ramp.old.map((_, i) => oldAddress(i)).join(','),
    to: ramp.new
      .map(({ share }, i) => `${newAddress(i)}${share === undefined ? '' : `=${share}`}`)
      .join(','),
    ramp: {
      overMs: ramp.overMs,
      everyMs: Math.max(1, ramp.overMs / ramp.steps),
      curve: ramp.curve,
      ...(ramp.percentages ? { percentages: ramp.percentages } : {}),
    },
  });
  const { plan } = buildPlan(asked, [{ director: 'test', snapshot: tableOf(ramp) }]);
  return plan?.directors[0]?.services[0];
}

function baselineWeights(service: ServicePlan): number[] {
  const weights = new Map(service.baseline.servers.map((server) => [server.key, server.weight]));
  return service.servers.map((server) => weights.get(server) ?? 0);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
