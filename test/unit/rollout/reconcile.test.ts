import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { Snapshot } from '../../../src/domain/ipvs/ipvs.ts';
import type { DirectorPlan } from '../../../src/domain/rollout/plan.ts';
import { restoreLine } from '../../../src/ipvs/ipvsadm-args.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import type { FoundTable } from '../../../src/rollout/journal/differences.ts';
import { reconcile } from '../../../src/rollout/journal/reconcile.ts';
import { findDrift } from '../../../src/rollout/observe/drift.ts';
import { drainKey } from '../../../src/rollout/state/director-state.ts';
import {
  applyEntry,
  foldJournal,
  type JournalBody,
  type JournalEntry,
} from '../../../src/rollout/state/journal.ts';
import { directorState, type RolloutState } from '../../../src/rollout/state/rollout-state.ts';
import { request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const [old, fresh, other] = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'] as ServerKey[];
const baseline = wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.3', 100)]);

const entry = (body: JournalBody): JournalEntry => ({ ...body, v: 1, atMs: 1 });

/** A rollout of these directors from old to new, at its step 3 of 12, on a scale of its own. */
function rolloutAt(...directors: readonly string[]): RolloutState {
  const traffic = new Map([[web, 2]]);
  const { plan } = buildPlan(
    request({ from: '10.0.0.1', to: '10.0.0.2' }),
    directors.map((director) => ({ director, snapshot: snapshotOf([baseline], traffic) })),
  );
  if (!plan) throw new Error('no plan');
  const access = directors.map((director) => ({ director, where: 'local', ipvsadm: director }));
  return foldJournal([
    entry({ type: 'opened', rollout: 'r', plan, access, startAtMs: 1 }) as never,
    ...directors.map((director) =>
      entry({ type: 'reached', director, milestone: { kind: 'step', step: 3 } }),
    ),
  ]);
}

function tableOf(
  director: string,
  weights: Readonly<Record<string, number>>,
  marked: readonly string[] = [],
): FoundTable {
  const service = wrrService(
    Object.entries(weights).map(([key, weight]) => realServer(key.replace(':80', ''), weight)),
  );
  const servers = new Map(service.servers.map(({ key, weight }) => [key, { weight } as never]));
  const samples = new Map([[web, { service: web, scheduler: 'wrr', servers }]]);
  const snapshot: Snapshot = { ...snapshotOf([service]), samples };
  return {
    director,
    snapshot,
    marked: new Map(marked.map((key) => [drainKey(web, key as never), 'operator'])),
  };
}

const stepOf = (state: RolloutState, step: number): Readonly<Record<string, number>> => {
  const [service] = state.plan.directors[0]?.services ?? [];
  return Object.fromEntries(
    (service?.servers ?? []).map((key, index) => [key, service?.steps[step]?.[index] ?? 0]),
  );
};
const before = { [`${old}`]: 100, [`${other}`]: 100 };
const after = { [`${fresh}`]: 100, [`${other}`]: 100 };
const types = (entries: readonly JournalBody[]) => entries.map(({ type }) => type);
const applied = (state: RolloutState, entries: readonly JournalBody[]): RolloutState =>
  entries.map(entry).reduce(applyEntry, state);

const planOf = ({ plan }: RolloutState) => plan.directors[0] as DirectorPlan;
const samples = (weights: Readonly<Record<string, number>>) =>
  tableOf('lb', weights).snapshot.samples;

describe('a rollout that stands still, and its table', () => {
  const state = rolloutAt('lb');
  const step = stepOf(state, 3);

  it('is as journaled: nothing to note', () => {
    expect(reconcile(state, [tableOf('lb', step)])).toEqual({
      entries: [],
      belowFloor: [],
      conflicts: [],
      missing: [],
      keptOut: { forward: [], back: [] },
      emptied: { forward: [], back: [] },
    });
  });

  it('is the one from before: it begins again', () => {
    const { entries, conflicts } = reconcile(state, [tableOf('lb', before)]);
    expect(conflicts).toEqual([]);
    expect(types(entries)).toEqual(['director-reset']);
    expect(applied(state, entries).directors.get('lb')?.step).toBe(-1);
  });

  it('is the one from before while it drains: it is ramping again', () => {
    const drains = applied(state, [
      { type: 'reached', director: 'lb', milestone: { kind: 'step', step: 12 } },
    ]);
    expect(drains.phase.kind).toBe('draining');
    const { entries } = reconcile(drains, [tableOf('lb', before)]);
    expect(applied(drains, entries).phase).toEqual({ kind: 'ramping' });
  });

  it('is the final one: all that is left is reached', () => {
    const { entries, conflicts } = reconcile(state, [tableOf('lb', after)]);
    expect(conflicts).toEqual([]);
    const done = applied(state, entries);
    expect(done.directors.get('lb')?.removed).toContain(drainKey(web, old as ServerKey));
    expect(done.directors.get('lb')?.finished).toContain(web);
  });

  it('is the one from before on the way back: that is where it goes', () => {
    const back = applied(state, [
      { type: 'rollback-started', cause: 'asked', reason: 'asked to', exitCode: 0 },
    ]);
    const { entries } = reconcile(back, [tableOf('lb', before)]);
    expect(applied(back, entries).directors.get('lb')?.rolledBack).toBe(true);
  });

  it('has no such service: it is missing', () => {
    const empty = { ...tableOf('lb', {}), snapshot: snapshotOf([]) };
    expect(reconcile(state, [empty]).missing).toEqual([{ director: 'lb', service: web }]);
  });

  it('was changed: a conflict, with the edits that put exactly that right', () => {
    const { conflicts, entries } = reconcile(state, [tableOf('lb', { ...step, [`${old}`]: 1 })]);
    expect(entries).toEqual([]);
    expect(conflicts.flatMap(({ mend }) => mend.map(restoreLine))).toEqual([
      `-e -t 10.0.0.100:80 -r ${old} -m -w ${step[`${old}`]}`,
    ]);
  });

  it('was changed and is taken as it is: no conflict, until the next step', () => {
    const changed = { ...step, [`${old}`]: 1, [`${other}`]: 99 };
    const { conflicts, entries } = reconcile(state, [tableOf('lb', changed)], { accepts: true });
    expect(conflicts).toEqual([]);
    const taken = applied(state, entries);
    expect(reconcile(taken, [tableOf('lb', changed)])).toMatchObject({
      entries: [],
      conflicts: [],
    });
    const next = applied(taken, [
      { type: 'reached', director: 'lb', milestone: { kind: 'step', step: 4 } },
    ]);
    const expected = { ...stepOf(state, 4), [`${other}`]: 99 };
    expect(reconcile(next, [tableOf('lb', expected)]).conflicts).toEqual([]);
  });

  it('keeps what was taken as it is when another weight is taken later', () => {
    const first = { ...step, [`${old}`]: 33 };
    const once = applied(
      state,
      reconcile(state, [tableOf('lb', first)], { accepts: true }).entries,
    );
    const both = { ...first, [`${fresh}`]: 44 };
    const twice = applied(once, reconcile(once, [tableOf('lb', both)], { accepts: true }).entries);
    expect(reconcile(twice, [tableOf('lb', both)])).toMatchObject({ entries: [], conflicts: [] });
    expect(reconcile(twice, [tableOf('lb', step)]).conflicts).toHaveLength(1);
  });

  it('has a new server at 0 that a mark claims: no conflict, and not to be filled', () => {
    const table = tableOf('lb', { ...step, [`${fresh}`]: 0 }, [`${fresh}`]);
    expect(reconcile(state, [table])).toMatchObject({
      conflicts: [],
      keptOut: { forward: [{ director: 'lb', service: web, server: fresh }], back: [] },
    });
    expect(reconcile(state, [{ ...table, marked: new Map() }]).conflicts).toHaveLength(1);
  });

  it('has an old server that an operator has taken out meanwhile: not to be filled on the way back', () => {
    const done = applied(state, [
      { type: 'reached', director: 'lb', milestone: { kind: 'step', step: 12 } },
    ]);
    const table = tableOf('lb', stepOf(done, 12), [`${old}`]);
    const kept = [{ director: 'lb', service: web, server: old }];
    expect(reconcile(done, [table]).keptOut).toEqual({ forward: [], back: kept });
    expect(reconcile(done, [table], { accepts: true }).keptOut.back).toEqual([]);
    // A guard takes it out again itself, and nobody has it out who has weight.
    const byHealth = {
      ...table,
      marked: new Map([...table.marked.keys()].map((key) => [key, 'health' as const])),
    };
    expect(reconcile(done, [byHealth]).keptOut.back).toEqual([]);
    expect(reconcile(state, [tableOf('lb', step, [`${old}`])]).keptOut.back).toEqual([]);
    // A bystander is nobody's to fill, and a server that had no weight before gets none back.
    const aside = tableOf('lb', { ...step, [`${other}`]: 0 }, [`${other}`]);
    expect(reconcile(state, [aside]).keptOut.back).toEqual([]);
    const empty = tableOf('lb', { ...step, [`${fresh}`]: 0 }, [`${fresh}`]);
    expect(reconcile(state, [empty]).keptOut.back).toEqual([]);
    const directors = state.plan.directors.map((one) => ({
      ...one,
      services: one.services.map((planned) => ({
        ...planned,
        baseline: {
          ...planned.baseline,
          servers: [...planned.baseline.servers, realServer('10.0.0.2', 0)],
        },
      })),
    }));
    const had0 = { ...state, plan: { ...state.plan, directors } };
    expect(reconcile(had0, [empty]).keptOut.back).toEqual([]);
    // In maintenance the mark is that of the rollout itself.
    const maintenance = { ...done, plan: { ...done.plan, to: [] } };
    expect(reconcile(maintenance, [table]).keptOut.back).toEqual([]);
  });

  it('has a bystander that a guard is bringing back: no conflict, and the next step gives it the rest', () => {
    const whole = step[`${other}`] ?? 0;
    const table = tableOf('lb', { ...step, [`${other}`]: whole - 1 }, [`${other}`]);
    const { conflicts, entries, keptOut } = reconcile(state, [table]);
    expect(conflicts).toEqual([]);
    // It is the guard that keeps it, and no new server that the next step would fill.
    expect(keptOut).toEqual({ forward: [], back: [] });
    const accepted = applied(state, entries);
    expect(reconcile(accepted, [table])).toMatchObject({ entries: [], conflicts: [] });
    const next = applied(accepted, [
      { type: 'reached', director: 'lb', milestone: { kind: 'step', step: 4 } },
    ]);
    expect(reconcile(next, [tableOf('lb', stepOf(state, 4))])).toMatchObject({
      ...{ entries: [], conflicts: [] },
    });
    const above = tableOf('lb', { ...step, [`${other}`]: whole + 1 }, [`${other}`]);
    expect(reconcile(state, [above]).conflicts).toHaveLength(1);
    expect(reconcile(state, [{ ...table, marked: new Map() }]).conflicts).toHaveLength(1);
  });

  it('is on the other side of an edit that nobody could note: a slow start there is none the less one', () => {
    const intends = applied(state, [
      { type: 'intended', director: 'lb', milestone: { kind: 'step', step: 4 } },
    ]);
    const next = stepOf(state, 4);
    const table = tableOf('lb', { ...next, [`${other}`]: 1 }, [`${other}`]);
    const { conflicts, entries } = reconcile(intends, [table]);
    expect(conflicts).toEqual([]);
    expect(entries).toEqual([
      { type: 'accepted', director: 'lb', service: web, weights: [[other, 1]] },
    ]);
  });

  it('has a bystander back that was out for a while: no conflict, and it follows the ramp again', () => {
    const wasOut = applied(state, [
      {
        type: 'bystander-changed',
        director: 'lb',
        service: web,
        server: other,
        weight: 0,
      } as never,
    ]);
    const [found] = findDrift(planOf(wasOut), directorState(wasOut, planOf(wasOut)), samples(step));
    expect(found).toMatchObject({ kind: 'bystander', server: other, found: step[`${other}`] });
    const back = applied(wasOut, [
      {
        ...{ type: 'bystander-changed', director: 'lb', service: web, server: other },
        weight: step[`${other}`],
      } as never,
    ]);
    expect(back.directors).toEqual(state.directors);
  });
});

describe('a rollout before its first edit', () => {
  const unbegun = applied(rolloutAt('lb'), [{ type: 'director-reset', director: 'lb' }]);
  const takenAs = (weights: Readonly<Record<string, number>>) => {
    const { entries, conflicts } = reconcile(unbegun, [tableOf('lb', weights)], { accepts: true });
    return [types(entries), conflicts.map(({ isAcceptable }) => isAcceptable)];
  };

  it('finds its table as it was, and nothing to note', () => {
    expect(takenAs(before)).toEqual([[], []]);
  });

  it('takes other weights of the servers that it moves, and nothing else', () => {
    expect(takenAs({ ...before, [`${old}`]: 7 })).toEqual([['accepted'], []]);
    expect(takenAs({ ...before, [`${other}`]: 7 })).toEqual([[], [false]]);
    expect(takenAs({ [`${other}`]: 100 })).toEqual([[], [false]]);
  });

  it('has no end that is its own, although the table looks like it', () => {
    expect(takenAs(after)).toEqual([[], [false]]);
  });
});

describe('a table that is the final one', () => {
  const state = rolloutAt('lb');
  const at = (n: number) =>
    applied(state, [{ type: 'reached', director: 'lb', milestone: { kind: 'step', step: n } }]);

  it('is so from step 0 on, with everything that is left, as if it were done now', () => {
    const milestone = { kind: 'retire', service: web, servers: [old], last: true };
    for (const n of [0, 3]) {
      expect(reconcile(at(n), [tableOf('lb', after)])).toMatchObject({
        entries: [
          { type: 'reached', director: 'lb', milestone: { kind: 'step', step: 12 } },
          { type: 'drained', service: web, server: old },
          { type: 'reached', director: 'lb', milestone },
        ],
        conflicts: [],
      });
    }
  });

  it('is a conflict on the way back', () => {
    const back = applied(state, [
      { type: 'rollback-started', cause: 'asked', reason: 'asked to', exitCode: 0 },
    ]);
    const { entries, conflicts } = reconcile(back, [tableOf('lb', after)]);
    expect(entries).toEqual([]);
    expect(conflicts).toMatchObject([{ director: 'lb', isAcceptable: true }]);
  });
});

describe('a rollout over two directors', () => {
  const state = rolloutAt('lb1', 'lb2');
  const step = stepOf(state, 3);

  it('of which one has the table from before goes on with the other until that one is there', () => {
    const { entries } = reconcile(state, [tableOf('lb1', step), tableOf('lb2', before)]);
    expect(types(entries)).toEqual(['director-lost', 'director-reset']);
    expect(applied(state, entries).directors.get('lb2')).toMatchObject({ step: -1 });
  });

  it('that both have the table from before begins again on both', () => {
    const { entries } = reconcile(state, [tableOf('lb1', before), tableOf('lb2', before)]);
    expect(types(entries)).toEqual(['director-reset', 'director-reset']);
  });
});
