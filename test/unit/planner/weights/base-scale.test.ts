import { describe, expect, it } from 'vitest';
import type { ServicePlan } from '../../../../src/domain/rollout/plan.ts';
import { baseScaleWeights } from '../../../../src/planner/weights/base-scale.ts';

describe('a base scale', () => {
  const [old, fresh, other] = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'] as const;
  const of = (
    weights: readonly number[],
    scale: { readonly multiplier: number; readonly divisor: number },
  ) =>
    ({
      servers: [old, fresh, other],
      oldServers: [old],
      newServers: [fresh],
      baseline: {
        servers: [
          { key: old, weight: weights[0] },
          { key: other, weight: weights[1] },
        ],
      },
      scale,
    }) as unknown as ServicePlan;

  it.each([
    ['100 beside 100, half moved', [100, 100], [8, 100], [4, 4, 8], [50, 50, 100]],
    ['3 beside 3, a third moved', [3, 3], [20, 1], [40, 20, 60], [2, 1, 3]],
    ['1 beside 1, half moved: nobody could share it', [1, 1], [20, 1], [10, 10, 20], undefined],
    ['2 beside 2, a third moved: a share would move', [2, 2], [30, 1], [40, 20, 60], undefined],
    ['1 beside 100, a little moved: it would have none', [1, 100], [9, 1], [8, 1, 900], undefined],
    ['all moved', [7, 2], [3, 1], [0, 21, 6], [0, 7, 2]],
    ['a share that moves by one in a hundred', [50, 50], [2, 1], [51, 49, 100], [26, 24, 50]],
    ['nobody with weight', [0, 0], [1, 1], [0, 0, 0], undefined],
    ['nobody with weight before', [0, 0], [1, 1], [0, 0, 1], undefined],
  ] as const)('for %s', (_, before, [multiplier, divisor], inForce, expected) => {
    expect(baseScaleWeights(of(before, { multiplier, divisor }), inForce)).toEqual(expected);
  });
});
