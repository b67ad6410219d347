import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import type { ServicePlan } from '../../../../src/domain/rollout/plan.ts';
import { buildPlan } from '../../../../src/planner/build-plan.ts';
import { apportion, gcdOf } from '../../../../src/planner/weights/apportion.ts';
import { rescale } from '../../../../src/planner/weights/rescale.ts';
import { rollbackRamp, stepsBack } from '../../../../src/planner/weights/rollback-ramp.ts';
import { request } from '../../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;

/** 100 beside 50 in thirty steps, planned for ten connections each: weights of 9 in all. */
function planned(): { readonly plan: ServicePlan; readonly fractions: readonly number[] } {
  const servers = [realServer('10.0.0.1', 100), realServer('10.0.0.3', 50)];
  const snapshot = snapshotOf([wrrService(servers)], new Map([[web, 1]]));
  const ramp = { overMs: 300_000, everyMs: 10_000 };
  const asked = request({ from: '10.0.0.1', to: '10.0.0.2', ramp });
  const { plan } = buildPlan(asked, [{ director: 'lb', snapshot }]);
  const own = plan?.directors[0]?.services[0];
  if (!plan || !own) throw new Error('no plan');
  return { plan: own, fractions: plan.schedule.map(({ fraction }) => fraction) };
}

describe('the scale of the rest of a ramp', () => {
  const { plan, fractions } = planned();
  const at = (fromStep: number, connectionsPerStep: number, uncertainty = 0, of = plan) =>
    rescale(of, fractions, fromStep, { connectionsPerStep, uncertainty });

  it('is as planned at first', () => {
    expect(plan.scale).toMatchObject({ totalWeight: 9, connectionsPerStep: 10 });
  });

  it('follows the traffic where that is another, up and down', () => {
    const grown = at(2, 30);
    expect(grown).toMatchObject({
      fromStep: 2,
      scale: {
        multiplier: 10,
        divisor: 50,
        totalWeight: 30,
        baselineTotalWeight: 150,
        errorConnections: 0.6,
        connectionsPerStep: 30,
      },
    });
    expect(grown?.steps).toHaveLength(29);
    expect(grown?.steps.slice(0, 3)).toEqual([
      [19, 1, 10],
      [18, 2, 10],
      [17, 3, 10],
    ]);
    expect(grown?.steps.at(-1)).toEqual([0, 20, 10]);
  });

  it('stays where the traffic is nearly as planned, or known no better than that', () => {
    expect([9, 10, 11].map((rate) => at(2, rate))).toEqual([undefined, undefined, undefined]);
    expect(at(2, 20)?.scale).toMatchObject({ totalWeight: 21, errorConnections: 0.6 });
    expect(at(2, 21)?.scale).toMatchObject({ totalWeight: 21, errorConnections: 0.2 });
    expect(at(2, 20, 0.9)).toBeUndefined();
    expect(at(2, 21, 1)).toBeUndefined();
  });

  it('stays where the step is good within one connection, and where none is better', () => {
    expect([2, 5, 12, 13, 14].filter((rate) => at(2, rate))).toEqual([]);
    expect([1, 6, 7].filter((rate) => at(10, rate))).toEqual([]);
    // Weights of 9 that are 3/3/3 there come round in three.
    expect([3, 20, 50].filter((rate) => at(15, rate))).toEqual([]);
  });

  it('stays where the ramp has arrived', () => {
    expect(at(28, 30)?.steps.at(-1)).toEqual([0, 20, 10]);
    expect(at(30, 30)).toBeUndefined();
  });

  it('stays where the traffic is as planned, however ill the scale fits', () => {
    const ill = { ...plan, scale: { ...plan.scale, multiplier: 1, connectionsPerStep: 30 } };
    expect([28, 30, 32].map((rate) => at(10, rate, 0, ill))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(at(10, 60, 0, ill)).toBeDefined();
  });

  it('stays where somebody keeps it, and is that of the last change', () => {
    const { moving: _, ...kept } = plan;
    expect(at(2, 30, 0, kept)).toBeUndefined();
    const scale = { ...plan.scale, multiplier: 10, connectionsPerStep: 30 };
    const changed = { ...plan, rescaled: [{ fromStep: 2, scale }] };
    expect(at(3, 30, 0, changed)).toBeUndefined();
  });

  it('never takes weight from a new server, nor gives any to an old one', () => {
    const standing = (step: readonly number[]) => ({ ...plan, steps: plan.steps.map(() => step) });
    // At step 2 it would be [19, 1, 10] of 30.
    expect(at(2, 30, 0, standing([19, 1, 10]))).toBeDefined();
    expect(at(2, 30, 0, standing([18, 2, 10]))).toBeUndefined();
    expect(at(2, 30, 0, standing([190, 11, 99]))).toBeUndefined();
    expect(at(2, 30, 0, standing([189, 10, 101]))).toBeUndefined();
  });
});

describe('whole parts', () => {
  it.each([
    [1, [1, 1], [1, 0]],
    [2, [1, 1, 1], [1, 1, 0]],
    [3, [1, 1], [2, 1]],
    [5, [1, 1, 1, 1], [2, 1, 1, 1]],
    [6, [3, 3, 3, 3], [2, 2, 1, 1]],
    [10, [1, 2], [3, 7]],
    [1, [0, 1, 1], [0, 1, 0]],
    [7, [0.5, 0.5, 3], [1, 1, 5]],
    // Each has a half too much or too little, and of equal claims the earlier is heard.
    [10, [15, 15, 15, 55], [2, 2, 1, 5]],
    [10, [5, 5, 5, 85], [1, 1, 0, 8]],
    [3, [1, 1, 1, 1, 96], [0, 0, 0, 0, 3]],
    [100, [1, 1, 1, 1, 1, 1, 1], [15, 15, 14, 14, 14, 14, 14]],
    // Thirds, which are not whole in binary either.
    [14, [0, 1 / 3, 1], [0, 4, 10]],
    [21, [1 / 3, 5 / 3, 5 / 3, 0, 2 / 3, 1 / 3], [1, 8, 8, 0, 3, 1]],
    [21, [1, 2 / 3, 2 / 3, 5 / 3, 2 / 3], [4, 3, 3, 8, 3]],
    [4, [0, 0, 0], [4, 0, 0]],
    [4, [], []],
  ])('of %i in the ratio %j are %j', (total, shares, parts) => {
    expect(apportion(total, shares)).toEqual(parts);
  });

  it('have a common divisor, of which zeros say nothing', () => {
    expect([[12, 18], [0, 6], [7], [0, 0], [], [8, 12, 6]].map(gcdOf)).toEqual([6, 6, 7, 1, 1, 2]);
  });
});

describe('the steps of a rollback', () => {
  const back = (from: readonly number[], to: readonly number[], mayRescale: boolean) =>
    stepsBack({ service: web, from, to, mayRescale }, 4).map((step) => step.join(' '));

  it('are finer than whole weights where all may be, and as they are where not', () => {
    expect(back([0, 4], [2, 2], true)).toEqual(['0 8', '1 7', '2 6', '3 5', '4 4']);
    expect(back([0, 4], [2, 2], false)).toEqual(['0 4', '1 3', '1 3', '2 2', '2 2']);
    expect(back([0, 4], [4, 0], true)).toEqual(['0 4', '1 3', '2 2', '3 1', '4 0']);
    expect(back([3, 3], [3, 3], true)).toEqual(Array(5).fill('3 3'));
  });

  it('are no finer than what ipvsadm takes', () => {
    expect(back([0, 30_000, 1], [1, 30_000, 0], true)[0]).toBe('0 60000 2');
    expect(back([0, 60_000, 1], [1, 60_000, 0], true)[0]).toBe('0 60000 1');
  });

  it('bring each service of each director back at the same times', () => {
    const way = { service: web, from: [0, 1], to: [1, 0], mayRescale: false };
    const directors = [{ director: 'lb', services: [way] }];
    expect(rollbackRamp({ overMs: 0, everyMs: 1_000, movedFraction: 0.5, directors })).toEqual({
      schedule: [
        { atMs: 0, fraction: 0.5 },
        { atMs: 0, fraction: 0 },
      ],
      directors: [
        {
          director: 'lb',
          services: [
            {
              service: web,
              steps: [
                [0, 1],
                [1, 0],
              ],
            },
          ],
        },
      ],
    });
  });
});
