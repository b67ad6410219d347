import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../src/domain/address.ts';
import type { ServiceSample } from '../../../src/domain/ipvs/ipvs.ts';
import type { RampRequest, Stop } from '../../../src/domain/rollout/plan.ts';
import { estimateRate } from '../../../src/planner/weights/arrival-rate.ts';
import { curveFraction, defaultEveryMs, rampSchedule } from '../../../src/planner/weights/curve.ts';
import { gainsOf } from '../../../src/planner/weights/final-shares.ts';

describe('the steps of a ramp', () => {
  const ramp = (more: Partial<RampRequest>): RampRequest => ({
    overMs: 10_000,
    everyMs: 2_500,
    curve: 'linear',
    ...more,
  });
  const pairs = (asked: RampRequest) =>
    rampSchedule(asked).map(({ atMs, fraction }) => [atMs, fraction]);

  it('are as far apart as asked, the first at once and the last at the end', () => {
    expect(pairs(ramp({}))).toEqual([
      [0, 0],
      [2_500, 0.25],
      [5_000, 0.5],
      [7_500, 0.75],
      [10_000, 1],
    ]);
  });

  it('are a little closer where the time between them does not divide the ramp', () => {
    expect(pairs(ramp({ everyMs: 4_000 })).map(([atMs]) => atMs)).toEqual([
      0, 3_333, 6_667, 10_000,
    ]);
  });

  it('are two at once where the ramp takes no time', () => {
    expect(pairs(ramp({ overMs: 0 }))).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });

  it('have the percentages that were asked for', () => {
    expect(pairs(ramp({ percentages: [5, 25, 100], overMs: 9_000 }))).toEqual([
      [0, 0],
      [3_000, 0.05],
      [6_000, 0.25],
      [9_000, 1],
    ]);
  });

  it('of a plan file last as long as each holds, or as usual', () => {
    const gates = [{ kind: 'probe' }] as unknown as NonNullable<Stop['gates']>;
    const stops: readonly Stop[] = [{ holdMs: 7_000 }, { manual: true }, { gates }];
    expect(rampSchedule(ramp({ percentages: [5, 25, 100], stops }))).toEqual([
      { atMs: 0, fraction: 0 },
      { atMs: 2_500, fraction: 0.05 },
      { atMs: 9_500, fraction: 0.25, manual: true },
      { atMs: 12_000, fraction: 1, gates },
    ]);
  });

  it.each([
    ['linear', 0.5, 0.5],
    ['linear', 0.1, 0.1],
    ['s-curve', 0.25, 0.15625],
    ['s-curve', 0.5, 0.5],
    ['exponential', 0.5, 1 / 11],
    ['exponential', 0.25, (Math.sqrt(10) - 1) / 99],
  ] as const)('of a curve that is %s have moved at %d: %d', (curve, x, fraction) => {
    expect(curveFraction(curve, x)).toBeCloseTo(fraction, 12);
    expect([curveFraction(curve, 0), curveFraction(curve, -1)]).toEqual([0, 0]);
    expect([curveFraction(curve, 1), curveFraction(curve, 2)]).toEqual([1, 1]);
  });

  it.each([
    [0, 1_000],
    [20_000, 1_000],
    [39_999, 1_000],
    [40_000, 2_000],
    [300_000, 15_000],
    [600_000, 30_000],
    [3_600_000, 30_000],
  ])('of a ramp of %i ms are usually %i ms apart', (overMs, everyMs) => {
    expect(defaultEveryMs(overMs)).toBe(everyMs);
  });
});

describe('what new servers gain', () => {
  const none = [undefined, undefined];

  it('brings them to the ratio of their capacities', () => {
    expect(gainsOf(30, [30, 0], [1, 1])).toEqual([0, 30]);
    expect(gainsOf(30, [0, 0], [2, 1])).toEqual([20, 10]);
    expect(gainsOf(30, [10, 20], [1, 3])).toEqual([5, 25]);
  });

  it('takes nothing from one that has more than its part', () => {
    expect(gainsOf(30, [50, 0], [1, 1])).toEqual([0, 30]);
    expect(gainsOf(30, [50, 0, 0], [1, 1, 1])).toEqual([0, 15, 15]);
  });

  it('keeps their ratio where nothing is asked for and all hold weight; else all count the same', () => {
    expect(gainsOf(30, [20, 10], none)).toEqual([20, 10]);
    expect(gainsOf(30, [0, 0], none)).toEqual([15, 15]);
    expect(gainsOf(30, [10, 0], none)).toEqual([10, 20]);
    expect(gainsOf(30, [0, 0], [3, undefined])).toEqual([22.5, 7.5]);
  });
});

describe('the connections a second of a service', () => {
  const estimated = (
    perS: number | undefined,
    inactive: readonly number[],
    key = 'tcp/v:80',
    udpS = 300,
  ) => {
    const service = key as ServiceKey;
    const counts = inactive.map((inActConn, index) => [
      `s${index}`,
      { weight: 1, activeConn: 9, inActConn, persistConn: 0 },
    ]);
    const servers = new Map(counts as never) as ServiceSample['servers'];
    return estimateRate(
      {
        connectionsPerSecond: new Map(perS === undefined ? [] : [[service, perS]]),
        samples: new Map([[service, { service, scheduler: 'wrr', servers }]]),
        timeouts: { tcpS: 900, tcpFinS: 120, udpS },
      },
      service,
    );
  };

  it('are what the kernel estimates', () => {
    expect(estimated(7, [600])).toBe(7);
  });

  it('are told by the connections that are over where it says 0: those of 120 s', () => {
    expect(estimated(0, [20, 40])).toBe(0.5);
    expect(estimated(undefined, [120])).toBe(1);
    expect(estimated(0, [600], 'udp/v:53')).toBe(2);
  });

  it('are unknown where no entry stays for any time', () => {
    expect(estimated(0, [600], 'udp/v:53', 0)).toBeUndefined();
    expect(estimated(0, [600], 'tcp/v:80', 0)).toBe(5);
  });

  it('are unknown where there are none', () => {
    expect(estimated(0, [0, 0])).toBeUndefined();
    expect(estimated(0, [])).toBeUndefined();
  });
});
