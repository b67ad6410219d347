import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import { buildPlan } from '../../../../src/planner/build-plan.ts';
import { type RequestSketch, request } from '../../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;

/** From 10.0.0.1 on, in four steps of ten seconds; the servers 1, 2, ... have these weights. */
function handOver(
  weights: readonly number[],
  to: string,
  { perSecond = 0, ...more }: Partial<RequestSketch> & { readonly perSecond?: number } = {},
) {
  const servers = weights.map((weight, i) => realServer(`10.0.0.${i + 1}`, weight));
  const snapshot = snapshotOf([wrrService(servers)], new Map([[web, perSecond]]));
  const ramp = { overMs: 40_000, everyMs: 10_000 };
  const asked = request({ from: '10.0.0.1', to, ramp, ...more });
  const { plan, diagnostics } = buildPlan(asked, [{ director: 'lb', snapshot }]);
  const own = plan?.directors[0]?.services[0];
  return {
    steps: own?.steps,
    final: own?.finalWeights,
    scale: own?.scale,
    moving: own?.moving,
    added: own?.added,
    said: diagnostics.map(({ code, message, next }) => [code, message, ...(next ? [next] : [])]),
  };
}
const choose = 'choose the final weight with --weight N';

describe('a hand-over', () => {
  it('moves the weight of OLD step by step, beside bystanders that stay', () => {
    expect(handOver([4, 4], '10.0.0.9')).toEqual({
      steps: [
        [4, 0, 4],
        [3, 1, 4],
        [2, 2, 4],
        [1, 3, 4],
        [0, 4, 4],
      ],
      final: [0, 4, 4],
      scale: {
        multiplier: 4,
        divisor: 4,
        totalWeight: 8,
        baselineTotalWeight: 8,
        errorConnections: 0.6,
      },
      moving: { gains: [4], extra: 0, everyStepMoves: false },
      added: [realServer('10.0.0.9', 0)],
      said: [],
    });
    expect(handOver([4, 4], '10.0.0.2').added).toEqual([]);
  });

  it('is on the scale of the connections of a step, and back on that of the table at its end', () => {
    const { steps, final, scale } = handOver([100, 300], '10.0.0.9', { perSecond: 4 });
    expect(steps).toEqual([
      [10, 0, 30],
      [7, 3, 30],
      [5, 5, 30],
      [2, 8, 30],
      [0, 10, 30],
    ]);
    expect(final).toEqual([0, 100, 300]);
    expect(scale).toMatchObject({ connectionsPerStep: 40, errorConnections: 1.3 });
    const slow = handOver([100, 300], '10.0.0.9', { perSecond: 0.01 });
    expect(slow.scale).toMatchObject({ connectionsPerStep: 1, totalWeight: 4 });
  });

  it('that takes no time is one step, at whatever rate', () => {
    const ramp = { overMs: 0, everyMs: 1_000 };
    const { steps, scale } = handOver([100, 300], '10.0.0.9', { perSecond: 4, ramp });
    expect(steps).toEqual([
      [1, 0, 3],
      [0, 1, 3],
    ]);
    expect(scale).not.toHaveProperty('connectionsPerStep');
  });

  it('by percentages moves at each of them, however coarse the table', () => {
    const ramp = { overMs: 40_000, everyMs: 10_000, percentages: [1, 5, 25, 100] };
    const { steps, moving } = handOver([7, 97, 13], '10.0.0.9', { ramp, perSecond: 0.5 });
    expect(moving?.everyStepMoves).toBe(true);
    // 1, 5, 25 and 100 % of 56.
    expect(steps?.map((step) => step[1])).toEqual([0, 1, 3, 14, 56]);
  });

  it('says where a step is too short for the weights, and for how many connections', () => {
    expect(handOver([70_000, 3], '10.0.0.9').said).toEqual([
      [
        'weight-scale',
        "its weights add up to 70003, and a coarser scale would change a server's share; with about 100 connections a step, a step's share may be off by 26.5 connections",
        'use longer steps (--every), or weights with a common divisor',
      ],
    ]);
  });
});

describe('a weight that whole numbers cannot split', () => {
  const split = (weight: number, over: number, scale: number) => [
    [
      'final-scale',
      `the old servers' weight ${weight} cannot be split over ${over} servers, so all weights of the service end ${scale} times as large; no share changes`,
      choose,
    ],
  ];

  it('has the whole service end on the smallest scale on which they can', () => {
    const three = '10.0.0.7,10.0.0.8,10.0.0.9';
    expect(handOver([1, 5], three)).toMatchObject({
      final: [0, 1, 1, 1, 15],
      said: split(1, 3, 3),
    });
    expect(handOver([2, 5], three)).toMatchObject({
      final: [0, 2, 2, 2, 15],
      said: split(2, 3, 3),
    });
    expect(handOver([4, 5], three)).toMatchObject({ final: [0, 2, 1, 1, 5], said: [] });
  });

  it('has it so with shares that were asked for', () => {
    expect(handOver([1, 5], '10.0.0.8=2,10.0.0.9=1')).toMatchObject({
      final: [0, 2, 1, 15],
      said: split(1, 2, 3),
    });
    expect(handOver([1, 5], '10.0.0.8=2500,10.0.0.9=1')).toMatchObject({
      final: [0, 2_500, 1, 12_505],
      said: split(1, 2, 2_501),
    });
  });

  it('is refused where no weight that ipvsadm takes is large enough', () => {
    const { final, said } = handOver([1, 40_000], '10.0.0.7,10.0.0.8,10.0.0.9');
    expect(final).toBeUndefined();
    expect(said.slice(1)).toEqual([
      [
        'weight-cannot-be-split',
        "the old servers' weight 1 cannot be split over 3 servers: one would end with weight 0",
        choose,
      ],
    ]);
  });

  it('leaves one way only where shares cannot be had at any weight', () => {
    expect(handOver([1, 60_000], '10.0.0.2=1,10.0.0.8=1,10.0.0.9=1').said).toEqual([
      ['shares-out-of-reach', expect.stringContaining('cannot be had'), 'leave the shares out'],
    ]);
  });

  it('is refused where a server would end above what ipvsadm takes', () => {
    expect(handOver([65_535, 65_535], '10.0.0.2')).toMatchObject({
      final: undefined,
      said: [
        [
          'weight-too-large',
          'a server would get weight 131070, and not every ipvsadm takes more than 65535',
          choose,
        ],
      ],
    });
  });
});

describe('a hand-over with --weight', () => {
  const shares = (weight: number, held: number, when: string) => [
    [
      'bystander-share-changes',
      `--weight ${weight} is not the ${held} that old and new servers hold now, so the other servers' share changes ${when}`,
    ],
  ];

  it('ends with that weight, split as asked, each new server with some', () => {
    const removed = 'when the old servers are removed';
    expect(handOver([4, 3, 4], '10.0.0.2,10.0.0.9=1', { weight: 10 })).toMatchObject({
      final: [0, 5, 5, 4],
      said: shares(10, 7, removed),
    });
    const uneven = '10.0.0.8=99,10.0.0.9=1';
    expect(handOver([4, 3], uneven, { weight: 5 })).toMatchObject({
      final: [0, 4, 1, 3],
      said: shares(5, 4, removed),
    });
    expect(handOver([4], '10.0.0.8=1,10.0.0.9=9', { weight: 8 })).toMatchObject({
      final: [0, 1, 7],
      said: [],
    });
    expect(handOver([4, 3], '10.0.0.8,10.0.0.9', { weight: 4 })).toMatchObject({
      final: [0, 2, 2, 3],
      said: [],
    });
  });

  it('puts it on top of the service where OLD has none to give', () => {
    expect(handOver([0, 3, 4], '10.0.0.2', { weight: 10 })).toEqual({
      steps: [
        [0, 3, 4],
        [0, 5, 4],
        [0, 7, 4],
        [0, 8, 4],
        [0, 10, 4],
      ],
      final: [0, 10, 4],
      scale: expect.objectContaining({ totalWeight: 14, baselineTotalWeight: 7 }),
      moving: { gains: [7], extra: 7, everyStepMoves: false },
      added: [],
      said: shares(10, 3, 'during the ramp'),
    });
    expect(handOver([0, 3, 4], '10.0.0.2', { weight: 3 })).toMatchObject({
      final: [0, 3, 4],
      moving: { gains: [0], extra: 0 },
      said: [],
    });
  });

  it('is refused where there is none to give and none is named, or too little is', () => {
    const said = (...of: Parameters<typeof handOver>) => handOver(...of).said;
    expect(said([0, 3, 4], '10.0.0.2')).toEqual([
      [
        'old-at-weight-0',
        '10.0.0.1:80 is at weight 0 already, so there is no weight to hand over',
        'say what the new servers should get with --weight N',
      ],
    ]);
    expect(said([0, 3, 4], '10.0.0.2', { weight: 2 })).toEqual([
      [
        'weight-falls',
        '--weight 2 is less than the 3 the new servers hold already',
        'give at least --weight 3',
      ],
    ]);
    expect(said([4], '10.0.0.8,10.0.0.9', { weight: 1 })).toEqual([
      ['weight-too-small', '--weight 1 cannot be split over 2 servers', 'give at least --weight 2'],
    ]);
    expect(said([4], '10.0.0.8,10.0.0.9', { weight: 2 })).toEqual([]);
  });
});
