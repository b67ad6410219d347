import { describe, expect, it } from 'vitest';
import type { ServerKey } from '../../../../src/domain/address.ts';
import { type Failure, fail, ok } from '../../../../src/domain/failure.ts';
import type { Change, Snapshot } from '../../../../src/domain/ipvs/ipvs.ts';
import { restoreLine } from '../../../../src/ipvs/ipvsadm-args.ts';
import type { Goal } from '../../../../src/rollout/action.ts';
import {
  type Edited,
  editDirectors,
  goalsReached,
  overlay,
  retirementsMissed,
} from '../../../../src/rollout/edit/edit-director.ts';
import type { LiveDirector } from '../../../../src/rollout/observe/observation.ts';
import type { Director } from '../../../../src/rollout/ports.ts';
import { answeringDirector } from '../../../support/answering-director.ts';
import { fresh, old, other, seenOf, stateAfter, web } from '../../../support/engine-state.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const state = stateAfter([], { directors: ['lb1', 'lb2'] });
const step = (n: number) => ({ kind: 'step', step: n }) as const;
const toStep = (n: number, ...directors: readonly string[]): Goal => ({
  milestone: step(n),
  directors,
});
const [service] = state.plan.directors[0]?.services ?? [];
if (!service) throw new Error('no service');

const tableOf = (weights: Readonly<Record<string, number>>): Snapshot => {
  const live = wrrService(
    Object.entries(weights).map(([key, weight]) => realServer(key.replace(':80', ''), weight)),
  );
  const counts = { activeConn: 1, inActConn: 0, persistConn: 0 };
  const servers = new Map(live.servers.map(({ key, weight }) => [key, { weight, ...counts }]));
  const samples = new Map([[web, { service: web, scheduler: 'wrr', servers }]]);
  return { ...snapshotOf([live]), samples };
};
const weightsAt = (n: number): Readonly<Record<ServerKey, number>> =>
  Object.fromEntries(service.servers.map((key, index) => [key, service.steps[n]?.[index] ?? 0]));
const before = tableOf({ [old]: 100, [other]: 100 });

const trouble = { listing: { count: 1, retryAtMs: 0, failure: { kind: 'director', what: 'x' } } };
const live = (snapshot: Snapshot): LiveDirector => ({
  table: { atMs: 900, snapshot },
  tellsChanges: true,
  commandMs: 20,
  troubles: trouble as never,
});

/** Edits the directors of the goals, each of which takes 300 ms for that. */
async function edit(
  goals: readonly Goal[],
  {
    answers = {},
    tables = { lb1: before, lb2: before },
  }: {
    readonly answers?: Partial<Director>;
    readonly tables?: Readonly<Record<string, Snapshot>>;
  } = {},
) {
  let nowMs = 1_000;
  const batches: string[] = [];
  const director = (name: string): Director =>
    answeringDirector(name, {
      async apply(changes: readonly Change[], from) {
        batches.push(`${name}: ${changes.map(restoreLine).join('; ')}`);
        expect(from).toBe(tables[name]);
        nowMs = 1_300;
        return ok(tableOf(weightsAt(0)));
      },
      ...answers,
    });
  const directors = new Map(['lb1', 'lb2'].map((name) => [name, director(name)]));
  const seen = seenOf(
    Object.fromEntries(Object.entries(tables).map(([name, snapshot]) => [name, live(snapshot)])),
  );
  const clock = { nowMs: () => nowMs, sleepUntil: async () => {} };
  return { edits: await editDirectors({ directors, clock, state, seen }, goals), batches };
}
const afterOf = ([edited]: readonly Edited[]) => edited?.after(live(before));

describe('an edit', () => {
  it('is one batch a director, of its own goals, in the order in which it is safe', async () => {
    const { edits, batches } = await edit([toStep(4, 'lb2')]);
    const set = (key: ServerKey, how: '-a' | '-e') =>
      `${how} -t 10.0.0.100:80 -r ${key} -m -w ${weightsAt(4)[key]}`;
    expect(batches).toEqual([`lb2: ${set(fresh, '-a')}; ${set(old, '-e')}; ${set(other, '-e')}`]);
    expect(edits).toMatchObject([{ name: 'lb2', startedMs: 1_000, tookMs: 300 }]);
  });

  it('leaves the table as it was read back, and its counters and what it took', async () => {
    const { edits } = await edit([toStep(0, 'lb1')]);
    const read = tableOf(weightsAt(0));
    expect(afterOf(edits)).toEqual({
      table: {
        atMs: 1_300,
        snapshot: { ...before, services: read.services, samples: read.samples },
      },
      sample: { atMs: 1_300, services: read.samples },
      tellsChanges: true,
      // At once that of a slow one.
      commandMs: 300,
      troubles: trouble,
    });
  });

  it('is none where the table has the milestone already', async () => {
    const tables = { lb1: tableOf(weightsAt(4)), lb2: before };
    const { edits, batches } = await edit([toStep(4, 'lb1')], { tables });
    expect(batches).toEqual([]);
    expect(edits).toMatchObject([{ name: 'lb1', startedMs: 1_000, tookMs: 0 }]);
    const failed = { ...live(before), troubles: { edit: trouble.listing as never } };
    expect(edits[0]?.after(failed)).toEqual({ ...failed, troubles: {} });
  });

  it('is not made where somebody was quicker: the table is looked at first', async () => {
    const { table: _, ...unlisted } = live(before);
    const seen = await edit([toStep(0, 'lb1')], { answers: { stillShows: () => false } });
    expect(seen.batches).toEqual([]);
    expect(seen.edits[0]).not.toHaveProperty('tookMs');
    expect(afterOf(seen.edits)).toEqual(unlisted);
    const failure = { kind: 'conflict', what: 'overtaken', code: 'overtaken' } as const;
    const late = await edit([toStep(0, 'lb1')], { answers: { apply: async () => fail(failure) } });
    expect(late.edits[0]).not.toHaveProperty('tookMs');
    expect(afterOf(late.edits)).toEqual(unlisted);
  });

  it('is compared with what was listed of its services, and made where that still shows', async () => {
    const asked: unknown[] = [];
    const stillShows = (samples: unknown) => {
      asked.push(samples);
      return true;
    };
    const { batches } = await edit([toStep(0, 'lb1')], { answers: { stillShows } });
    expect(asked).toEqual([[...before.samples.values()]]);
    expect(batches).toHaveLength(1);
  });

  it('that failed may have changed the table, and is tried again in a second', async () => {
    const failure: Failure = { kind: 'director', what: 'ipvsadm hangs' };
    const { edits } = await edit([toStep(0, 'lb1')], {
      answers: { apply: async () => fail(failure) },
    });
    expect(edits[0]).not.toHaveProperty('tookMs');
    const { table: _, ...unlisted } = live(before);
    expect(afterOf(edits)).toEqual({
      ...unlisted,
      troubles: { ...trouble, edit: { failure, count: 1, retryAtMs: 2_000 } },
    });
  });

  it('is never made without a listing before it', async () => {
    const editing = edit([toStep(0, 'lb1')], { tables: { lb2: before } });
    await expect(editing).rejects.toThrow('an edit of lb1 without a listing before it');
  });
});

describe('goals', () => {
  const after = (one: LiveDirector) => one;
  const made: Edited = { name: 'lb1', startedMs: 1, tookMs: 5, after };
  const none: Edited = { name: 'lb3', startedMs: 1, tookMs: 0, after };
  const failed: Edited = { name: 'lb2', startedMs: 1, after };
  const retire = { kind: 'retire', service: web, servers: [old], last: true } as const;

  it('are reached where there was an edit or nothing to do, one entry for each', () => {
    const goals = [toStep(4, 'lb1', 'lb2', 'lb3'), { milestone: retire, directors: ['lb1'] }];
    expect(goalsReached(goals, [made, failed, none])).toEqual([
      { milestone: step(4), edit: made },
      { milestone: step(4), edit: none },
      { milestone: retire, edit: made },
    ]);
  });

  it('are retirements that were missed where one of their directors failed', () => {
    const goals = [
      toStep(4, 'lb2'),
      { milestone: retire, directors: ['lb1', 'lb2'] },
      { milestone: { ...retire, last: false }, directors: ['lb1', 'lb3'] },
    ];
    expect(retirementsMissed(goals, [made, failed, none])).toEqual([retire]);
    expect(retirementsMissed(goals, [made, none])).toEqual([]);
  });
});

describe('a read-back', () => {
  it('replaces the services that it shows, and leaves the others as they were', () => {
    const dns = wrrService([realServer('10.0.0.9', 1)], {
      address: { kind: 'fwmark', mark: 7, family: 4 },
    });
    const sample = { service: dns.key, scheduler: 'wrr', servers: new Map() };
    const whole: Snapshot = {
      ...snapshotOf([...before.services, dns]),
      samples: new Map([...before.samples, [dns.key, sample]]),
    };
    const read = tableOf({ [old]: 1, [other]: 2 });
    expect(overlay(whole, read)).toEqual({
      ...whole,
      services: [...read.services, dns],
      samples: new Map([...read.samples, [dns.key, sample]]),
    });
  });
});
