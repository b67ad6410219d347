import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { examineMarks } from '../../../src/planner/diagnose/examine-marks.ts';
import { weightBefore } from '../../../src/planner/maintenance/remembered.ts';
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
    const rates = Array.from({ length: 27 }, (_, index) => 3 * index + 1);
    const scalesOf = (plan: ReturnType<typeof planned>) =>
      rates.flatMap((connectionsPerStep) => {
        const measured = { connectionsPerStep, uncertainty: 0 };
        return rescale(plan, fractions, 1, measured)?.scale ?? [];
      });
    const isWhole = ({ multiplier, divisor }: { multiplier: number; divisor: number }) =>
      (75 * multiplier) % divisor === 0;
    expect(scalesOf(planned(undefined)).every(isWhole)).toBe(false);
    const beside75 = scalesOf({ ...planned(75), out });
    expect(beside75.length).toBeGreaterThan(3);
    expect(beside75.filter((scale) => !isWhole(scale))).toEqual([]);
  });

  it('is as before where nobody knows a weight that it had', () => {
    expect(planned(0)).toEqual(planned(undefined));
  });
});

describe('a server that a guard is bringing back', () => {
  const [bystander, old] = ['10.0.0.2:80', '10.0.0.1:80'] as ServerKey[];
  const mark = (weight: number, server = old) => ({
    service,
    server: server as ServerKey,
    reason: 'health' as const,
    weight,
  });
  const found = (weight: number, server?: ServerKey, force = false) => {
    const snapshot = snapshotOf([
      wrrService([realServer('10.0.0.1', 12), realServer('10.0.0.2', 50)]),
    ]);
    const { plan } = buildPlan(request({ from: '10.0.0.1', to: '10.0.0.9', ramp }), [
      { director: 'lb', snapshot },
    ]);
    if (!plan) throw new Error('no plan');
    const tables = [{ director: 'lb', remembered: [mark(weight, server)], arounds: [] }];
    return examineMarks(plan, tables, { force });
  };

  it('hands nothing over before it has all of its weight, unless somebody insists', () => {
    expect(found(100)).toEqual([
      {
        severity: 'error',
        kind: 'conflict',
        code: 'server-slow-start',
        service,
        message: 'drain guard is bringing 10.0.0.1:80 back, at weight 12 of 100 by now',
        next: 'wait until it has its weight again, or insist with --force',
      },
    ]);
    expect(found(100, old, true)).toMatchObject([{ severity: 'warning' }]);
  });

  it('has all of its weight where the mark says no more, and stands in nobody else’s way', () => {
    expect(found(12)).toEqual([]);
    expect(found(100, bystander)).toEqual([]);
  });

  it('has the weight of the mark, and not what it has come to by now', () => {
    const now = (weight: number) => ({ key: old as ServerKey, weight });
    expect(weightBefore([mark(100)], service, now(12))).toBe(100);
    expect(weightBefore([mark(100)], service, now(0))).toBe(100);
    // Somebody has given it more meanwhile.
    expect(weightBefore([mark(100)], service, now(120))).toBe(120);
    const byOperator = { ...mark(70), reason: 'operator' as const };
    expect(weightBefore([byOperator, mark(100)], service, now(0))).toBe(70);
    // What an operator had out has weight again: the mark is of another time.
    expect(weightBefore([byOperator], service, now(12))).toBe(12);
  });
});
