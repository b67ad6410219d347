import { describe, expect, it } from 'vitest';
import { plannedEvent, plannedEvents } from '../../../../src/rollout/events/planned.ts';
import { fresh, old, other, stateAfter, web } from '../../../support/engine-state.ts';

const { plan } = stateAfter([], {
  directors: ['lb1', 'lb2'],
  sketch: { ramp: { overMs: 10_000, everyMs: 5_000 } },
});
const [first, second] = plan.directors;
if (!first || !second) throw new Error('no directors');
const weights = (ofOld: number, ofFresh: number) => ({
  [old]: ofOld,
  [fresh]: ofFresh,
  [other]: 2,
});
const steps = [
  { step: 0, atMs: 0, weights: weights(2, 0) },
  { step: 1, atMs: 5_000, weights: weights(1, 1) },
  { step: 2, atMs: 10_000, weights: weights(0, 2) },
];

describe('what is planned', () => {
  it('is every step of a service with its weights, once where its directors have it alike', () => {
    expect(plannedEvent(plan)).toEqual({
      type: 'planned',
      services: [{ service: web, scheduler: 'wrr', steps }],
      from: [old],
      to: [fresh],
      overMs: 10_000,
      everyMs: 5_000,
    });
  });

  it('says where it ends for now', () => {
    expect(plannedEvent({ ...plan, until: 0.1 })).toMatchObject({ until: 0.1, overMs: 10_000 });
    expect(plannedEvent(plan)).not.toHaveProperty('until');
  });

  it('is that of each director where they differ, the first of those alike for all of them', () => {
    const services = second.services.map((service) => ({ ...service, scheduler: 'wlc' }));
    const differing = {
      ...plan,
      directors: [first, { ...second, services }, { ...second, director: 'lb3', services }],
    };
    expect(plannedEvent(differing)).toMatchObject({
      services: [
        { director: 'lb1', service: web, scheduler: 'wrr' },
        { director: 'lb2', service: web, scheduler: 'wlc' },
      ],
    });
  });

  it('comes before what the planner warns of', () => {
    const warned = { severity: 'warning', code: 'scale-kept', message: 'as it is' } as const;
    const events = plannedEvents(plan, [{ ...warned, service: web }, warned]);
    expect(events.slice(1)).toEqual([
      { type: 'warning', code: 'scale-kept', message: 'as it is', service: web },
      { type: 'warning', code: 'scale-kept', message: 'as it is' },
    ]);
    expect(events[0]?.type).toBe('planned');
  });
});
