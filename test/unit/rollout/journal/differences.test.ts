import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import type { DirectorPlan } from '../../../../src/domain/rollout/plan.ts';
import {
  accept,
  conflictsIn,
  type FoundTable,
  isSlowStart,
} from '../../../../src/rollout/journal/differences.ts';
import { drainKey } from '../../../../src/rollout/state/director-state.ts';
import { expectedTarget } from '../../../../src/rollout/state/expected-weights.ts';
import { directorState } from '../../../../src/rollout/state/rollout-state.ts';
import { fresh, old, other, reachedOn, stateAfter, web } from '../../../support/engine-state.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const state = stateAfter(reachedOn(['lb1'], { kind: 'step', step: 3 }));
const plan = state.plan.directors[0] as DirectorPlan;
const standing = directorState(state, plan);
const [service] = plan.services;
if (!service) throw new Error('no service');
/** The weights at step 3, as the journal has them. */
const step = Object.fromEntries(expectedTarget(service, standing).weights) as Record<
  ServerKey,
  number
>;

function tableOf(
  weights: Readonly<Record<string, number>>,
  marked: readonly ServerKey[] = [],
): FoundTable {
  const live = wrrService(
    Object.entries(weights).map(([key, weight]) => realServer(key.replace(':80', ''), weight)),
  );
  const servers = new Map(live.servers.map(({ key, weight }) => [key, { weight } as never]));
  const samples = new Map([[web, { service: web, scheduler: 'wrr', servers }]]);
  return {
    director: 'lb1',
    snapshot: { ...snapshotOf([live]), samples },
    marked: new Map(marked.map((key) => [drainKey(web, key), 'health'])),
  };
}
const without = (key: ServerKey) =>
  Object.fromEntries(Object.entries(step).filter(([one]) => one !== key));
const take = (weights: Readonly<Record<string, number>>, marked: readonly ServerKey[] = []) => {
  const { takes, ...found } = accept(plan, standing, tableOf(weights, marked), () => true);
  return { ...found, taken: [old, fresh, other].filter((server) => takes(web, server)) };
};
const accepted = (...weights: readonly (readonly [ServerKey, number | null])[]) => ({
  ...{ type: 'accepted', director: 'lb1', service: web, weights },
});

describe('a conflict', () => {
  it('is no other weight of a bystander once the scale of the ramp is taken back', () => {
    const done = { ...standing, step: 12, finished: new Set([web]) };
    const final = Object.fromEntries(expectedTarget(service, done).weights);
    const conflicts = (weights: Readonly<Record<string, number>>, as = done) =>
      conflictsIn(plan, as, tableOf(weights).snapshot);
    expect(conflicts({ ...final, [other]: 50 })).toEqual([]);
    expect(conflicts({ ...final, [fresh]: 50 })).toHaveLength(1);
    expect(conflicts({ ...step, [other]: 50 }, standing as typeof done)).toMatchObject([
      { bystander: { server: other, weight: 50 } },
    ]);
  });
});

describe('a table that is taken as it is', () => {
  it('needs no entry where it is what the journal says', () => {
    expect(take(step)).toEqual({
      entries: [],
      hasSameServers: true,
      isWhole: true,
      isAnyGone: false,
      taken: [],
    });
  });

  it('has the weights of old and new servers that differ, and no others', () => {
    expect(take({ ...step, [old]: 1 })).toEqual({
      entries: [accepted([old, 1])],
      hasSameServers: true,
      isWhole: true,
      isAnyGone: false,
      taken: [old],
    });
    expect(take({ ...step, [old]: 1, [fresh]: 77 })).toMatchObject({
      entries: [accepted([old, 1], [fresh, 77])],
      taken: [old, fresh],
    });
  });

  it('has lost an old or a new server', () => {
    expect(take(without(old))).toEqual({
      entries: [accepted([old, null])],
      hasSameServers: false,
      isWhole: true,
      isAnyGone: true,
      taken: [old],
    });
    expect(take({ ...without(fresh), [old]: 1 })).toMatchObject({
      hasSameServers: false,
      isAnyGone: true,
    });
  });

  it('has another weight of a bystander, which is noted as one', () => {
    const noted = (weight: number) => ({
      ...{ type: 'bystander-changed', director: 'lb1', service: web, server: other, weight },
    });
    expect(take({ ...step, [other]: 7 })).toMatchObject({
      entries: [expect.objectContaining(noted(7))],
      hasSameServers: false,
      isWhole: true,
      isAnyGone: false,
      taken: [],
    });
    // One that has gone stands in nobody's way: it is noted when the rollout goes on.
    expect(take({ ...without(other), [old]: 1 })).toMatchObject({
      entries: [accepted([old, 1])],
      taken: [old],
    });
  });

  it('has a bystander that a guard brings back, with a part of its weight', () => {
    const whole = step[other] ?? 0;
    expect(take({ ...step, [other]: whole - 1 }, [other])).toMatchObject({
      entries: [accepted([other, whole - 1])],
      isWhole: true,
    });
    // Nobody has a slow start at 0, above the whole, or without a mark.
    for (const [weight, marked] of [
      [0, [other]],
      [whole + 1, [other]],
      [whole - 1, [old]],
    ] as const) {
      const { entries } = take({ ...step, [other]: weight }, marked);
      expect(entries.some(({ type }) => type === 'accepted')).toBe(false);
    }
  });

  it('has one by the service that it is in, whoever moves in another', () => {
    const elsewhere = {
      ...service,
      service: 'tcp/10.0.0.100:443' as typeof web,
      oldServers: [other],
    };
    const both = { ...plan, services: [elsewhere, service] };
    const table = tableOf(step, [other]);
    const one = { service: web, server: other, weight: 1 };
    expect(isSlowStart(both, standing, table, one)).toBe(true);
    expect(isSlowStart({ ...plan, services: [elsewhere] }, standing, table, one)).toBe(false);
  });

  it('is not whole where one of the differences may not be taken', () => {
    const mayTake = (weight: number) => (one: { readonly weight: number | null }) =>
      one.weight !== weight;
    const table = tableOf({ ...step, [old]: 1, [fresh]: 2, [other]: 3 });
    for (const weight of [1, 2, 3])
      expect(accept(plan, standing, table, mayTake(weight)).isWhole).toBe(false);
    expect(accept(plan, standing, table, mayTake(4)).isWhole).toBe(true);
  });

  it('is the one behind an edit that may have been made', () => {
    const intends = stateAfter([
      ...reachedOn(['lb1'], { kind: 'step', step: 3 }),
      { type: 'intended', director: 'lb1', milestone: { kind: 'step', step: 4 } },
    ]);
    const four = { ...standing, step: 4 };
    const next = Object.fromEntries(expectedTarget(service, four).weights);
    const found = accept(plan, directorState(intends, plan), tableOf(next), () => true);
    expect(found).toMatchObject({ entries: [], isWhole: true });
    const neither = accept(
      plan,
      directorState(intends, plan),
      tableOf({ ...next, [old]: 77 }),
      () => true,
    );
    expect(neither.entries).toEqual([accepted([old, 77])]);
  });

  it('was taken before: the other weights that were taken stay so', () => {
    const before = {
      ...standing,
      accepted: new Map([[web, new Map([[old, 33 as number | null]])]]),
    };
    const table = tableOf({ ...step, [old]: 33, [fresh]: 2 });
    expect(accept(plan, before, table, () => true)).toMatchObject({
      entries: [accepted([fresh, 2])],
      isWhole: true,
    });
  });
});
