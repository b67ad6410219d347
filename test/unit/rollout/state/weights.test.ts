import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import type { Plan, ServicePlan } from '../../../../src/domain/rollout/plan.ts';
import { rollbackRampFrom } from '../../../../src/rollout/journal/rollback-ramp.ts';
import { nextBaseScale, scaleWords } from '../../../../src/rollout/state/base-scale.ts';
import { isIntended, type Milestone, reach } from '../../../../src/rollout/state/director-state.ts';
import {
  changesTo,
  expectedTarget,
  isOnScale,
  milestoneTarget,
} from '../../../../src/rollout/state/expected-weights.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import { hasBegun, isOnTheWay, scaleInForce } from '../../../../src/rollout/state/ramp-progress.ts';
import { directorPlan, type RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  drainingSince,
  fresh,
  old,
  other,
  reachedOn,
  type StateSketch,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';
import { realServer, wrrService } from '../../../support/tables.ts';

// From 10.0.0.1 to 10.0.0.2, 100 each, beside 10.0.0.3 with 100: the ramp has 12 for 100.
const atStep = (step: number, entries: readonly JournalBody[] = [], more: StateSketch = {}) =>
  stateAfter([...reachedOn(['lb1'], { kind: 'step', step }), ...entries], more);
const retire: Milestone = { kind: 'retire', service: web, servers: [old], last: true };
const base: Milestone = {
  kind: 'base-scale',
  services: [{ service: web, weights: [75, 25, 100] }],
};
const reached = (milestone: Milestone): JournalBody => ({
  type: 'reached',
  director: 'lb1',
  milestone,
});
const intended = (milestone: Milestone): JournalBody => ({
  type: 'intended',
  director: 'lb1',
  milestone,
});
const turned = { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 } as const;
const bystander = (weight: number | null, service = web): JournalBody => ({
  ...{ type: 'bystander-changed', director: 'lb1', service },
  ...{ server: other, weight },
});
const accepted = (...weights: readonly (readonly [ServerKey, number | null])[]): JournalBody => ({
  ...{ type: 'accepted', director: 'lb1', service: web },
  weights,
});
const lb1 = (state: RolloutState) => {
  const director = state.directors.get('lb1');
  if (!director) throw new Error('no lb1');
  return director;
};
const serviceOf = (state: RolloutState): ServicePlan => {
  const [service] = directorPlan(state, 'lb1').services;
  if (!service) throw new Error('no service');
  return service;
};
const weightsOf = (state: RolloutState) =>
  Object.fromEntries(expectedTarget(serviceOf(state), lb1(state)).weights);
const are = (a: number | null, b: number | null, c: number | null) =>
  Object.fromEntries(
    [[old, a] as const, [fresh, b] as const, [other, c] as const].filter(([, w]) => w !== null),
  );

describe('the weights by the journal', () => {
  it.each([
    ['before the first step', stateAfter([]), are(100, null, 100)],
    ['at step 0', atStep(0), are(12, 0, 12)],
    ['at step 3', atStep(3), are(9, 3, 12)],
    ['after the ramp', atStep(12), are(0, 12, 12)],
    ['with the old server removed', atStep(12, [reached(retire)]), are(null, 100, 100)],
    ['on their own scale', atStep(3, [reached(base)]), are(75, 25, 100)],
    [
      'at the next step after that',
      atStep(3, [reached(base), reached({ kind: 'step', step: 4 })]),
      are(8, 4, 12),
    ],
    ['rolled back', atStep(3, [turned, reached({ kind: 'rollback' })]), are(100, 0, 100)],
    ['with a bystander at 7', atStep(3, [bystander(7)]), are(9, 3, 7)],
    ['with a bystander gone', atStep(3, [bystander(null)]), are(9, 3, null)],
    [
      'with a bystander at 7 that is 12 again',
      atStep(3, [bystander(7), bystander(12)]),
      are(9, 3, 12),
    ],
    ['with two accepted', atStep(3, [accepted([old, 1], [fresh, 2])]), are(1, 2, 12)],
    ['with one accepted as absent', atStep(3, [accepted([fresh, null])]), are(9, null, 12)],
    [
      'with others accepted later',
      atStep(3, [accepted([old, 1]), accepted([fresh, 2])]),
      are(1, 2, 12),
    ],
    [
      'of a bystander accepted after it was noted',
      atStep(3, [bystander(7), accepted([other, 5])]),
      are(9, 3, 5),
    ],
    [
      'of a bystander noted after it was accepted',
      atStep(3, [accepted([other, 5], [old, 1]), bystander(12)]),
      are(1, 3, 12),
    ],
    [
      'at the next step, where nothing accepted is left',
      atStep(3, [accepted([old, 1]), reached({ kind: 'step', step: 4 })]),
      are(8, 4, 12),
    ],
    [
      'with a bystander of another service',
      atStep(3, [bystander(7, 'udp/10.0.0.9:53' as ServiceKey)]),
      are(9, 3, 12),
    ],
  ])('%s', (_, state, weights) => {
    expect(weightsOf(state)).toEqual(weights);
  });

  it('of a milestone of another service are none', () => {
    const { plan, director } = { plan: serviceOf(atStep(3)), director: lb1(atStep(3)) };
    const elsewhere: Milestone = { ...retire, service: 'udp/10.0.0.9:53' as ServiceKey };
    expect(milestoneTarget(plan, director, elsewhere)).toBeUndefined();
    expect(milestoneTarget(plan, director, { kind: 'step', step: 4 })?.weights.get(old)).toBe(8);
  });
});

describe('a bystander that was out when the rollout began', () => {
  const withOut = (state: RolloutState): RolloutState => {
    const [director] = state.plan.directors;
    if (!director) throw new Error('no director');
    const services = director.services.map((one) => ({ ...one, out: [[other, 50] as const] }));
    const plan: Plan = { ...state.plan, directors: [{ ...director, services }] };
    return { ...state, plan };
  };

  it('and came back with what its base weight is on the scale has that weight when it is taken back', () => {
    const back = [bystander(6)];
    expect(weightsOf(withOut(atStep(3, back)))).toEqual(are(9, 3, 6));
    expect(weightsOf(withOut(atStep(12, [...back, reached(retire)])))).toEqual(are(null, 100, 50));
    expect(weightsOf(withOut(atStep(12, [bystander(7), reached(retire)])))).toEqual(
      are(null, 100, 7),
    );
  });

  it('and came back with its base weight off the scale has the weight for it on the scale', () => {
    const off = [reached(base), bystander(50), reached({ kind: 'step', step: 4 })];
    expect(weightsOf(withOut(atStep(3, off)))).toEqual(are(8, 4, 6));
    const other49 = [reached(base), bystander(49), reached({ kind: 'step', step: 4 })];
    expect(weightsOf(withOut(atStep(3, other49)))).toEqual(are(8, 4, 49));
  });
});

describe('a service', () => {
  const isOn = (state: RolloutState) => isOnScale(serviceOf(state), lb1(state));

  it.each([
    ['before the first step', stateAfter([]), false],
    ['at step 0', atStep(0), true],
    ['at the last step', atStep(12), true],
    ['with its final weights', atStep(12, [reached(retire)]), false],
    ['with its base scale', atStep(3, [reached(base)]), false],
    ['rolled back', atStep(3, [turned, reached({ kind: 'rollback' })]), false],
  ])('%s is on a scale of the ramp: %#', (_, state, expected) => {
    expect(isOn(state)).toBe(expected);
    expect(scaleInForce(state)).toEqual(expected ? [`${web} x 12/100`] : []);
    expect(scaleWords(state)).toBe(
      expected
        ? `${web} is on the scale of the ramp (x 12/100): a server that usually has weight 100 needs 12 there`
        : '',
    );
  });

  it('that is on it on one of two directors is told with that one, on both without', () => {
    const directors = ['lb1', 'lb2'];
    const both = reachedOn(directors, { kind: 'step', step: 12 });
    const needs =
      'is on the scale of the ramp (x 12/100): a server that usually has weight 100 needs 12 there';
    expect(scaleWords(stateAfter(both, { directors }))).toBe(`${web} ${needs}`);
    const finished = [...both, ...reachedOn(['lb1'], retire)];
    expect(scaleWords(stateAfter(finished, { directors }))).toBe(`${web} on lb2 ${needs}`);
  });

  it('is on none where the scale is the usual one, or at the end of maintenance', () => {
    const [state, service] = [atStep(3), serviceOf(atStep(3))];
    const scale = { ...service.scale, multiplier: 100 };
    expect(isOnScale({ ...service, scale }, lb1(state))).toBe(false);
    const out = { ...service, newServers: [] };
    expect(isOnScale(out, lb1(atStep(11)))).toBe(true);
    expect(isOnScale(out, lb1(atStep(12)))).toBe(false);
    expect(isOnScale({ ...service, oldServers: [] }, lb1(atStep(12)))).toBe(false);
  });
});

describe('services that can have their base scale', () => {
  const directors = ['lb1', 'lb2'];
  const goal = (entries: readonly JournalBody[], steps: readonly [number, number] = [3, 3]) =>
    nextBaseScale(
      stateAfter(
        [
          ...reachedOn(['lb1'], { kind: 'step', step: steps[0] }),
          ...reachedOn(['lb2'], { kind: 'step', step: steps[1] }),
          ...entries,
        ],
        { directors },
      ),
    );

  it('go there together where their weights are the same, else one after the other', () => {
    expect(goal([])).toEqual({ milestone: base, directors });
    expect(goal([], [3, 6])?.directors).toEqual(['lb1']);
    expect(goal([reached(base)], [3, 6])).toMatchObject({
      milestone: { services: [{ weights: [50, 50, 100] }] },
      directors: ['lb2'],
    });
  });

  it.each([
    ['weights were accepted', accepted([old, 1])],
    ['a bystander has another weight', bystander(7)],
    ['a removal may have begun', intended(retire)],
  ])('stay where %s', (_, entry) => {
    expect(goal([entry])?.directors).toEqual(['lb2']);
  });

  it('stay while a rollback goes back by steps, which may have a scale of their own', () => {
    // Beside a bystander that is out it keeps the scale of the ramp, but nobody has to know that.
    const out = bystander(0);
    const ramp = rollbackRampFrom(atStep(3, [out]), { overMs: 60_000, everyMs: 15_000 });
    if (!ramp) throw new Error('no ramp');
    const back = reached({ kind: 'rollback-step', step: 0 });
    expect(nextBaseScale(atStep(3, [out]))).toBeDefined();
    expect(nextBaseScale(atStep(3, [out, { ...turned, ramp }, back]))).toBeUndefined();
  });

  it('are on a finer scale in a rollback by steps, whatever bystander of another service is out', () => {
    const pace = { overMs: 60_000, everyMs: 1_000 };
    const elsewhere = bystander(0, 'udp/10.0.0.9:53' as ServiceKey);
    const finer = rollbackRampFrom(atStep(3), pace);
    expect(rollbackRampFrom(atStep(3, [elsewhere]), pace)).toEqual(finer);
    expect(rollbackRampFrom(atStep(3, [bystander(0)]), pace)).not.toEqual(finer);
  });

  it.each([
    ['a bystander is out', bystander(0)],
    ['a bystander has gone', bystander(null)],
    ['a step may have begun', intended({ kind: 'step', step: 4 })],
  ])('go there although %s', (_, entry) => {
    expect(goal([entry])?.directors).toEqual(directors);
  });
});

describe('what is reached', () => {
  const elsewhere = 'udp/10.0.0.9:53' as ServiceKey;
  const two = atStep(12, [intended(retire), intended({ ...retire, service: elsewhere })]);

  it('settles what was intended, but not the removal from another service', () => {
    expect(lb1(two).intended).toHaveLength(2);
    expect(reach(lb1(two), retire).intended).toEqual([{ ...retire, service: elsewhere }]);
    expect(reach(lb1(two), { kind: 'step', step: 12 }).intended).toEqual([]);
  });

  it('is what was intended only where all of it is the same', () => {
    expect(isIntended(lb1(two), retire)).toBe(true);
    expect(isIntended(lb1(two), { ...retire, last: false })).toBe(false);
    expect(isIntended(lb1(two), { ...retire, servers: [fresh] })).toBe(false);
    expect(isIntended(lb1(two), { kind: 'step', step: 12 })).toBe(false);
  });

  it('of one service leaves what was accepted in another', () => {
    const both = {
      ...lb1(atStep(12)),
      accepted: new Map([
        [web, new Map([[old, 1]])],
        [elsewhere, new Map([[old, 2]])],
      ]),
    };
    expect([...(reach(both, retire).accepted?.keys() ?? [])]).toEqual([elsewhere]);
    expect(reach(both, { kind: 'step', step: 12 }).accepted?.size).toBe(0);
    expect(reach(both, base).accepted?.size).toBe(2);
  });

  it('of one service leaves another on its base scale, and its own until the last server goes', () => {
    const both = {
      ...lb1(atStep(12)),
      baseScale: new Map([
        [web, [0, 100, 100]],
        [elsewhere, [1, 2]],
      ]),
    };
    expect([...(reach(both, retire).baseScale?.keys() ?? [])]).toEqual([elsewhere]);
    expect(reach(both, { ...retire, last: false }).baseScale?.size).toBe(2);
    expect(reach(both, { kind: 'step', step: 12 }).baseScale).toBeUndefined();
    const one = { ...both, baseScale: new Map([[web, [0, 100, 100]]]) };
    expect(reach(one, retire).baseScale).toBeUndefined();
  });
});

describe('a rollout', () => {
  it('has begun with the first edit that may have been made, anywhere', () => {
    const directors = ['lb1', 'lb2'];
    expect(hasBegun(stateAfter([], { directors }))).toBe(false);
    expect(hasBegun(stateAfter([intended({ kind: 'step', step: 0 })], { directors }))).toBe(true);
    expect(hasBegun(stateAfter(reachedOn(['lb2'], { kind: 'step', step: 0 }), { directors }))).toBe(
      true,
    );
  });

  it.each([
    ['ramping', atStep(3), true],
    ['draining', drainingSince(0), false],
    ['on the way back', atStep(3, [turned]), true],
    ['back', atStep(3, [turned, reached({ kind: 'rollback' })]), false],
  ])('that is %s is on the way: %#', (_, state, expected) => {
    expect(isOnTheWay(state)).toBe(expected);
  });
});

describe('the scheduler', () => {
  const service = wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.3', 100)], {
    scheduler: 'wlc',
  });
  const sketch = { setScheduler: 'wrr' } as const;
  const schedulerOf = (state: RolloutState) =>
    expectedTarget(serviceOf(state), lb1(state)).scheduler;
  const at = (step: number, entries: readonly JournalBody[] = [], restores = false) =>
    atStep(step, entries, {
      service,
      sketch: restores ? { ...sketch, restoreScheduler: true } : sketch,
    });
  const gone: Milestone = { kind: 'retire', service: web, servers: [fresh], last: false };

  it.each([
    ['before the first step', stateAfter([], { service, sketch }), 'wlc'],
    ['at step 0', at(0), 'wrr'],
    ['at the end', at(12, [reached(retire)]), 'wrr'],
    ['at the last step of one that restores it', at(12, [], true), 'wrr'],
    ['at the end of one that restores it', at(12, [reached(retire)], true), 'wlc'],
    [
      'rolled back, with the new server there',
      at(3, [turned, reached({ kind: 'rollback' })]),
      'wrr',
    ],
    [
      'rolled back and emptied',
      at(3, [turned, reached({ kind: 'rollback' }), reached(gone)]),
      'wlc',
    ],
  ])('%s is %#', (_, state, scheduler) => {
    expect(schedulerOf(state)).toBe(scheduler);
  });

  it('is set with the first step, and back with its flags', () => {
    const flagged = { ...service, schedulerFlags: ['sh-fallback'] as never };
    const state = atStep(0, [], { service: flagged, sketch });
    const plan = serviceOf(state);
    const to = (scheduler: string, live: typeof service) =>
      changesTo({ plan, scheduler, weights: new Map() }, { ...live, servers: [] });
    expect(to('wrr', flagged)).toMatchObject([
      { kind: 'set-scheduler', service: { scheduler: 'wrr', schedulerFlags: [] } },
    ]);
    expect(to('wlc', { ...flagged, scheduler: 'wrr' })).toMatchObject([
      { kind: 'set-scheduler', service: { scheduler: 'wlc', schedulerFlags: ['sh-fallback'] } },
    ]);
    expect(to('wlc', flagged)).toEqual([]);
  });
});

describe('the edits to a target', () => {
  const plan = serviceOf(atStep(3));
  const live = (...servers: readonly ReturnType<typeof realServer>[]) => wrrService(servers);
  const edits = (state: RolloutState, now: ReturnType<typeof live>) =>
    changesTo(expectedTarget(plan, lb1(state)), now).map((change) =>
      'server' in change ? [change.kind, change.server.key, change.server.weight] : [change.kind],
    );
  const stranger = realServer('10.0.0.9', 5);

  it('are none where all is there, whoever else is', () => {
    const now = live(
      realServer('10.0.0.1', 9),
      realServer('10.0.0.2', 3),
      realServer('10.0.0.3', 12),
      stranger,
    );
    expect(edits(atStep(3), now)).toEqual([]);
  });

  it('set what differs, add what is missing, and take out what is to go', () => {
    const now = live(realServer('10.0.0.1', 12), realServer('10.0.0.3', 12), stranger);
    expect(edits(atStep(3), now)).toEqual([
      ['set-weight', old, 9],
      ['add-server', fresh, 3],
    ]);
    expect(edits(atStep(12, [reached(retire)]), now)).toEqual([
      ['add-server', fresh, 100],
      ['set-weight', other, 100],
      ['remove-server', old, 12],
    ]);
    const rolledBack = atStep(3, [turned, reached({ kind: 'rollback' })]);
    expect(edits(rolledBack, live(realServer('10.0.0.2', 3)))).toEqual([
      ['add-server', old, 100],
      ['add-server', other, 100],
      ['set-weight', fresh, 0],
    ]);
  });

  it('keep the thresholds that are there', () => {
    const now = live(realServer('10.0.0.1', 12, { upperThreshold: 7 }));
    const [change] = changesTo(expectedTarget(plan, lb1(atStep(3))), now);
    expect(change).toMatchObject({ kind: 'set-weight', server: { upperThreshold: 7, weight: 9 } });
  });
});
