import { describe, expect, it } from 'vitest';
import type { ServiceKey } from '../../../../src/domain/address.ts';
import { withScale } from '../../../../src/rollout/state/rescaled.ts';
import { stateAfter, web } from '../../../support/engine-state.ts';

const state = stateAfter([], {
  directors: ['lb1', 'lb2'],
  sketch: { ramp: { overMs: 20_000, everyMs: 5_000 } },
});
const [first, second] = state.plan.directors;
const [service] = first?.services ?? [];
if (!first || !second || !service) throw new Error('no service');

const scale = { ...service.scale, multiplier: 40 };
const rescale = (fromStep: number, steps: readonly (readonly number[])[], of = state) =>
  withScale(of, { director: 'lb1', service: web, fromStep, scale, steps });
const serviceOf = (of: typeof state, director = 'lb1') =>
  of.plan.directors.find((one) => one.director === director)?.services[0];

describe('a ramp that goes on at another scale', () => {
  const last = [
    [10, 40, 30],
    [40, 40, 0],
  ];

  it('keeps the steps before, and has the others from that step on', () => {
    expect(serviceOf(rescale(3, last))).toEqual({
      ...service,
      steps: [...service.steps.slice(0, 3), ...last],
      rescaled: [{ fromStep: 3, scale }],
    });
  });

  it('forgets a scale that would begin where the new one does, or later', () => {
    const earlier = rescale(2, [[20, 40, 20], ...last]);
    expect(serviceOf(rescale(3, last, earlier))?.rescaled?.map((one) => one.fromStep)).toEqual([
      2, 3,
    ]);
    const again = rescale(2, [[21, 40, 19], ...last], rescale(3, last));
    expect(serviceOf(again)?.rescaled?.map((one) => one.fromStep)).toEqual([2]);
    const same = rescale(3, last, rescale(3, last));
    expect(serviceOf(same)?.rescaled?.map((one) => one.fromStep)).toEqual([3]);
  });

  it('is that of one service of one director', () => {
    expect(serviceOf(rescale(3, last), 'lb2')).toEqual(second.services[0]);
    const elsewhere = withScale(state, {
      director: 'lb1',
      service: 'udp/10.0.0.100:53' as ServiceKey,
      fromStep: 3,
      scale,
      steps: last,
    });
    expect(elsewhere).toEqual(state);
  });
});
