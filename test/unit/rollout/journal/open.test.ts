import { describe, expect, it } from 'vitest';
import { fail, ok } from '../../../../src/domain/failure.ts';
import type { VirtualService } from '../../../../src/domain/ipvs/ipvs.ts';
import {
  checkBaseline,
  foreignPlan,
  listWhatIsThere,
  openRollout,
} from '../../../../src/rollout/journal/open.ts';
import type { Director } from '../../../../src/rollout/ports.ts';
import { answeringDirector } from '../../../support/answering-director.ts';
import { stateAfter, web } from '../../../support/engine-state.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const baseline = wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.3', 100)]);
const elsewhere = wrrService([realServer('10.0.0.9', 1)], {
  address: { kind: 'fwmark', mark: 7, family: 4 },
});
const { plan, access } = stateAfter([], { directors: ['lb1', 'lb2'] });
const gone = { kind: 'conflict', what: 'no such service' } as const;
const away = { kind: 'unreachable', what: 'no answer' } as const;

/** A director with these services, which like ipvsadm lists none where one of those wanted has gone. */
function directorWith(services: readonly VirtualService[], asked: string[] = []): Director {
  return answeringDirector('lb', {
    async snapshot(wanted) {
      asked.push(wanted ? `part ${wanted}` : 'whole');
      if (!wanted) return ok(snapshotOf(services));
      const found = services.filter(({ key }) => wanted.includes(key));
      return found.length < wanted.length ? fail(gone) : ok(snapshotOf(found));
    },
  });
}
const check = (one: Director, two: Director) =>
  checkBaseline(
    plan,
    new Map([
      ['lb1', one],
      ['lb2', two],
    ]),
  );

describe('a plan and its tables', () => {
  it('fit where every service is as it was, whatever else is there', async () => {
    const asked: string[] = [];
    const same = directorWith([baseline, elsewhere], asked);
    expect(await check(same, same)).toEqual(ok(undefined));
    expect(asked).toEqual([`part ${web}`, `part ${web}`]);
  });

  it('do not where one differs, with the difference line by line', async () => {
    const changed = wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.3', 7)]);
    const result = await check(directorWith([baseline]), directorWith([changed]));
    if (result.ok) throw new Error('they fit');
    expect(result.failure.failure).toEqual({
      kind: 'conflict',
      what: 'the table of lb2 is not what the plan was made from',
      next: 'look at the differences and make the plan again',
    });
    expect(result.failure.diff).toEqual([
      '- tcp/10.0.0.100:80 10.0.0.3:80 masq weight 100',
      '+ tcp/10.0.0.100:80 10.0.0.3:80 masq weight 7',
    ]);
  });

  it('do not where a service has gone', async () => {
    const result = await check(directorWith([baseline]), directorWith([elsewhere]));
    if (result.ok) throw new Error('they fit');
    expect(result.failure.failure.what).toMatch(/^the table of lb2 /);
    expect(result.failure.diff.length).toBeGreaterThan(0);
  });

  it('are not known to where a director does not answer', async () => {
    const silent = answeringDirector('lb', { snapshot: async () => fail(away) });
    expect(await check(directorWith([baseline]), silent)).toEqual(
      fail({ failure: away, diff: [] }),
    );
  });
});

describe('a listing of what is there', () => {
  it('is that of the whole table where a service has gone, and no second one otherwise', async () => {
    const asked: string[] = [];
    expect(await listWhatIsThere(directorWith([elsewhere], asked), [web])).toEqual(
      ok(snapshotOf([elsewhere])),
    );
    expect(asked.splice(0)).toEqual([`part ${web}`, 'whole']);
    const silent = answeringDirector('lb', {
      async snapshot() {
        asked.push('part');
        return fail(away);
      },
    });
    expect(await listWhatIsThere(silent, [web])).toEqual(fail(away));
    expect(asked).toEqual(['part']);
  });
});

describe('a plan that is for another director', () => {
  it('names it, and those that are here', () => {
    const known = (...names: readonly string[]) =>
      new Map(names.map((name) => [name, answeringDirector(name)]));
    expect(foreignPlan(plan, known('lb1', 'lb2', 'lb3'))).toBeUndefined();
    expect(foreignPlan(plan, known('lb1', 'lb3'))).toEqual({
      kind: 'usage',
      what: 'the plan is for director lb2, and this is lb1, lb3',
      next: 'apply it where it was made, or make it again here',
    });
  });
});

describe('a rollout', () => {
  const clock = { nowMs: () => 7_000, sleepUntil: async () => {} };

  it('is there when its journal says so, and begins at that time', async () => {
    const written: unknown[] = [];
    const journal = {
      async append(...entries: readonly unknown[]) {
        written.push(...entries);
        return ok(undefined);
      },
    };
    const opened = await openRollout('r1', plan, access, { journal, clock });
    expect(written).toEqual([
      { v: 1, atMs: 7_000, type: 'opened', rollout: 'r1', plan, access, startAtMs: 7_000 },
    ]);
    expect(opened).toMatchObject({
      ok: true,
      value: { rollout: 'r1', startAtMs: 7_000, phase: { kind: 'ramping' } },
    });
  });

  it('is none where its journal cannot be written', async () => {
    const full = fail({ kind: 'director', what: 'the disk is full' } as const);
    const journal = { append: async () => full };
    expect(await openRollout('r1', plan, access, { journal, clock })).toEqual(full);
  });
});
