import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { rescale } from '../../../src/planner/weights/rescale.ts';
import { request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const service = 'tcp/10.0.0.100:80' as ServiceKey;
const ramp = { overMs: 300_000, everyMs: 10_000, curve: 'linear' } as const;

/** The service of a hand-over from .1 to .9, beside .2 and a .3 that is out of service. */
function planned(weightBefore: number | undefined) {
  const snapshot = snapshotOf([
    wrrService([
      realServer('10.0.0.1', 100),
      realServer('10.0.0.2', 50),
      realServer('10.0.0.3', 0),
    ]),
  ]);
  const remembered =
    weightBefore === undefined
      ? []
      : [
          {
            service,
            server: '10.0.0.3:80' as ServerKey,
            reason: 'operator' as const,
            weight: weightBefore,
          },
        ];
  const asked = request({ from: '10.0.0.1', to: '10.0.0.9', ramp });
  const { plan } = buildPlan(asked, [{ director: 'local', snapshot, remembered }]);
  const own = plan?.directors[0]?.services[0];
  if (!own) throw new Error('no plan');
  return own;
}

describe('the scale of a ramp beside a server that is out of service', () => {
  it('has room for its weight from before, that it may come back to exactly its share', () => {
    expect(planned(undefined).scale.divisor).toBe(50);
    const beside75 = planned(75);
    expect(beside75.scale.divisor).toBe(25);
    expect((75 * beside75.scale.multiplier) % beside75.scale.divisor).toBe(0);
    expect(beside75.steps[0]).toEqual(
      [4, 0, 2, 0].map((weight) => weight * beside75.scale.multiplier),
    );
  });

  it('has it also where the rest of the ramp goes on at the scale of another traffic', () => {
    const out = [['10.0.0.3:80' as ServerKey, 75]] as const;
    const fractions = Array.from({ length: 31 }, (_, step) => step / 30);
    const rates = Array.from({ length: 80 }, (_, index) => index + 1);
    const scalesOf = (plan: ReturnType<typeof planned>) =>
      rates.flatMap((connectionsPerStep) => {
        const measured = { connectionsPerStep, uncertainty: 0 };
        return rescale(plan, fractions, 1, measured)?.scale ?? [];
      });
    const isWhole = ({ multiplier, divisor }: { multiplier: number; divisor: number }) =>
      (75 * multiplier) % divisor === 0;
    expect(scalesOf(planned(undefined)).every(isWhole)).toBe(false);
    const beside75 = scalesOf({ ...planned(75), out });
    expect(beside75.length).toBeGreaterThan(10);
    expect(beside75.filter((scale) => !isWhole(scale))).toEqual([]);
  });

  it('is as before where nobody knows a weight that it had', () => {
    expect(planned(0)).toEqual(planned(undefined));
  });
});
