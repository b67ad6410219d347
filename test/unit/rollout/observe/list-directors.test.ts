import { describe, expect, it } from 'vitest';
import { type Failure, fail, ok, type Result } from '../../../../src/domain/failure.ts';
import type { ConnectionEntry, ServiceSample, Snapshot } from '../../../../src/domain/ipvs/ipvs.ts';
import {
  listWithConnections,
  observeDirectors,
  probeDirector,
  readConnections,
  sampleDirectors,
} from '../../../../src/rollout/observe/list-directors.ts';
import { type Observation, withDirector } from '../../../../src/rollout/observe/observation.ts';
import type { Director, RecentTotals } from '../../../../src/rollout/ports.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import { answeringDirector } from '../../../support/answering-director.ts';
import {
  drainingSince,
  listedAt,
  old,
  oldKey,
  other,
  reachedOn,
  seenOf,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';
import { snapshotOf } from '../../../support/tables.ts';

const both = ['lb1', 'lb2'];
const ramping = stateAfter(reachedOn(both, { kind: 'step', step: 3 }), { directors: both });
const draining = drainingSince(1_000, { directors: both });
const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
const failure: Failure = { kind: 'director', what: 'ipvsadm hangs' };
const startMs = 10_000;
const fresh = { tellsChanges: false, commandMs: 20, troubles: {} };

interface Machine {
  readonly tookMs?: number;
  readonly failure?: Failure;
  readonly gone?: boolean;
  readonly entries?: readonly ConnectionEntry[];
  readonly recent?: RecentTotals;
  readonly stillShows?: boolean;
  readonly inActConn?: number;
}

/** What directors show that take so long for it, each on its own. */
function site(state: RolloutState, machines: Readonly<Record<string, Machine>>, more = {}) {
  let nowMs = startMs;
  const asked: string[] = [];
  const tables = new Map<string, Snapshot>();
  const directors = new Map(
    Object.entries(machines).map(([name, machine]): [string, Director] => {
      const known = listedAt(state, name, 0).sample?.services ?? new Map();
      const samples = new Map(
        [...known].map(([key, sample]): [typeof web, ServiceSample] => {
          const servers = new Map((sample as ServiceSample).servers);
          const counts = servers.get(old);
          if (counts) servers.set(old, { ...counts, inActConn: machine.inActConn ?? 0 });
          return [key as typeof web, { ...(sample as ServiceSample), servers }];
        }),
      );
      const table: Snapshot = { ...snapshotOf([]), samples };
      tables.set(name, table);
      const answer = async <T>(what: string, value: T): Promise<Result<T>> => {
        asked.push(`${name} ${what}`);
        nowMs = Math.max(nowMs, startMs + (machine.tookMs ?? 0));
        if (machine.gone && !what.startsWith('whole'))
          return fail({ kind: 'conflict', what: 'gone' });
        return machine.failure ? fail(machine.failure) : ok(value);
      };
      const director = answeringDirector(name, {
        snapshot: (services) => answer(services ? `table ${services}` : 'whole', table),
        sample: (services) => answer(`sample ${services}`, [...samples.values()]),
        look: (services) =>
          answer(`look ${services}`, {
            snapshot: table,
            connections: { entries: machine.entries ?? [], timeouts },
          }),
        recentTotals: () => machine.recent,
        stillShows: () => machine.stillShows,
      });
      return [name, director];
    }),
  );
  const seen: Observation = seenOf(Object.fromEntries(both.map((name) => [name, fresh])), {
    nextPollMs: 10_000,
    ...more,
  });
  const clock = { nowMs: () => nowMs, sleepUntil: async () => {} };
  return { world: { directors, clock, state, seen }, asked, tables };
}
const samplesOf = (tables: ReadonlyMap<string, Snapshot>, name: string) =>
  tables.get(name)?.samples;

describe('a listing', () => {
  it('is of these directors, with attributes, counters and what it took', async () => {
    const { world, asked, tables } = site(ramping, { lb1: { tookMs: 400 }, lb2: {} });
    const { seen, sampled, tables: connections } = await observeDirectors(world, ['lb1']);
    expect(asked).toEqual([`lb1 table ${web}`]);
    expect(seen.directors.get('lb1')).toEqual({
      sample: { atMs: 10_400, services: samplesOf(tables, 'lb1') },
      table: { atMs: 10_400, snapshot: tables.get('lb1') },
      tellsChanges: false,
      commandMs: 400,
      troubles: {},
    });
    expect(seen.directors.get('lb2')).toEqual(fresh);
    expect(sampled).toEqual([{ director: 'lb1', services: samplesOf(tables, 'lb1') }]);
    expect(connections).toBeUndefined();
  });

  it('tells whether changes show without a process', async () => {
    const { world } = site(ramping, { lb1: { stillShows: true }, lb2: { stillShows: false } });
    const { seen } = await observeDirectors(world, both);
    expect(both.map((name) => seen.directors.get(name)?.tellsChanges)).toEqual([true, false]);
  });

  it('keeps what connections have arrived, where totals came along with it and no earlier', async () => {
    const totals = new Map([[web, new Map([[old, { connections: 7 } as never]])]]);
    const of = async (atMs: number) => {
      const { world } = site(ramping, { lb1: { recent: { atMs, totals } }, lb2: {} });
      const { seen } = await observeDirectors(world, ['lb1']);
      return seen.directors.get('lb1')?.arrivals;
    };
    expect(await of(startMs)).toEqual([{ atMs: startMs, connections: new Map([[web, 7]]) }]);
    expect(await of(startMs - 1)).toBeUndefined();
  });

  it('of all spares the sample that would follow soon, on a ramp and not in a drain', async () => {
    const next = async (state: RolloutState, names: readonly string[], nextPollMs: number) => {
      const { world } = site(state, { lb1: {}, lb2: {} }, { nextPollMs });
      return (await observeDirectors(world, names)).seen.nextPollMs;
    };
    // Polls are a second apart: what is due within half of one is left out.
    expect(await next(ramping, both, 10_400)).toBe(11_400);
    expect(await next(ramping, both, 10_600)).toBe(10_600);
    expect(await next(ramping, both, 9_700)).toBe(10_700);
    expect(await next(ramping, ['lb1'], 10_400)).toBe(10_400);
    expect(await next(draining, both, 10_400)).toBe(10_400);
    expect(await next(draining, both, 9_700)).toBe(10_700);
  });

  it('that fails is a trouble, and leaves what was known', async () => {
    const { world } = site(ramping, { lb1: { failure }, lb2: {} });
    const { seen, sampled } = await observeDirectors(world, both);
    expect(seen.directors.get('lb1')).toEqual({
      ...fresh,
      troubles: { listing: { failure, count: 1, retryAtMs: 11_000 } },
    });
    expect(sampled.map(({ director }) => director)).toEqual(['lb2']);
  });

  it('is of the whole table where a service has gone', async () => {
    const { world, asked, tables } = site(ramping, { lb1: { gone: true }, lb2: {} });
    const { seen } = await observeDirectors(world, ['lb1']);
    expect(asked).toEqual([`lb1 table ${web}`, 'lb1 whole']);
    expect(seen.directors.get('lb1')?.table?.snapshot).toBe(tables.get('lb1'));
    expect(seen.directors.get('lb1')?.sample?.services).toEqual(samplesOf(tables, 'lb1'));
    const silent = site(ramping, { lb1: { gone: true, failure }, lb2: {} });
    const { seen: none } = await observeDirectors(silent.world, ['lb1']);
    expect(none.directors.get('lb1')?.troubles.listing?.failure).toEqual(failure);
  });
});

describe('a sample', () => {
  it('is of all directors but lost ones, and says nothing of attributes or of what commands take', async () => {
    const without = stateAfter(
      [
        ...reachedOn(both, { kind: 'step', step: 3 }),
        { type: 'director-lost', director: 'lb2', reason: 'away' },
      ],
      { directors: both },
    );
    const { world, asked, tables } = site(without, { lb1: { tookMs: 300 }, lb2: {} });
    const { seen } = await sampleDirectors(world);
    expect(asked).toEqual([`lb1 sample ${web}`]);
    expect(seen.directors.get('lb1')).toEqual({
      ...fresh,
      sample: { atMs: 10_300, services: samplesOf(tables, 'lb1') },
    });
    expect(seen.nextPollMs).toBe(11_000);
  });

  it('that fails is a trouble', async () => {
    const { world } = site(ramping, { lb1: { failure }, lb2: {} });
    const { seen } = await sampleDirectors(world);
    expect(seen.directors.get('lb1')?.troubles.listing?.count).toBe(1);
  });
});

const udp = (expiresS: number): ConnectionEntry => ({
  protocol: 'UDP',
  state: 'UDP',
  expiresS,
  client: { address: '192.0.2.1', port: 1 },
  virtual: { address: '10.0.0.100', port: 80 },
  server: old,
});
const tcp = (port: number): ConnectionEntry => ({
  ...udp(890),
  ...{ protocol: 'TCP', state: 'ESTABLISHED', client: { address: '192.0.2.1', port } },
});

describe('connection tables', () => {
  it('are read with a listing, from the first question to the last answer', async () => {
    const { world, asked, tables: listed } = site(draining, { lb1: {}, lb2: { tookMs: 700 } });
    const { seen, tables } = await listWithConnections(world);
    expect(asked).toEqual([`lb1 look ${web}`, `lb2 look ${web}`]);
    expect(tables).toMatchObject({ atMs: 10_000, untilMs: 10_700 });
    expect([...(tables?.byDirector.keys() ?? [])]).toEqual(both);
    expect(seen.directors.get('lb2')?.table?.snapshot).toBe(listed.get('lb2'));
    // What a listing takes that has no connections with it is not known by this one.
    expect(seen.directors.get('lb2')?.commandMs).toBe(20);
  });

  it('count together only: where one is missing there are none', async () => {
    const { world } = site(draining, { lb1: {}, lb2: { failure } });
    const { seen, tables } = await listWithConnections(world);
    expect(tables).toBeUndefined();
    expect(seen.directors.get('lb1')?.table).toBeDefined();
    expect(seen.watches.get(oldKey)?.openConnections).toBeUndefined();
  });

  it('show who is there', async () => {
    const machine = { entries: [tcp(1), tcp(2)], inActConn: 2 };
    const { world } = site(draining, { lb1: machine, lb2: { entries: [tcp(3)], inActConn: 1 } });
    const { seen } = await readConnections(world);
    expect(seen.watches.get(oldKey)).toMatchObject({
      verdict: { kind: 'draining', connections: 3 },
      openConnections: { count: 3 },
    });
  });

  const nextOf = async (
    machines: Readonly<Record<string, Machine>>,
    more: Partial<Observation> = {},
  ) => {
    const { world } = site(draining, machines, more);
    const { seen } = await readConnections(world);
    return seen.nextConnectionsMs - startMs;
  };
  const many = Array.from({ length: 10_001 }, (_, index) => tcp(index));

  it('are read again at the next poll where that is quick or they are short', async () => {
    expect(await nextOf({ lb1: {}, lb2: {} })).toBe(1_000);
    expect(await nextOf({ lb1: { tookMs: 800, entries: many.slice(1) }, lb2: {} })).toBe(1_000);
  });

  it('cost a tenth of the time beyond that of a plain listing', async () => {
    expect(await nextOf({ lb1: { tookMs: 820, entries: many }, lb2: {} })).toBe(8_000);
    const usual = { directors: new Map(both.map((name) => [name, { ...fresh, commandMs: 520 }])) };
    expect(await nextOf({ lb1: { tookMs: 820, entries: many }, lb2: {} }, usual)).toBe(3_000);
    expect(await nextOf({ lb1: {}, lb2: { tookMs: 820, entries: many } }, usual)).toBe(3_000);
    expect(await nextOf({ lb1: { tookMs: 500, entries: many }, lb2: {} }, usual)).toBe(1_000);
    const slowest = new Map([
      ['lb1', { ...fresh, commandMs: 20 }],
      ['lb2', { ...fresh, commandMs: 520 }],
    ]);
    expect(
      await nextOf({ lb1: { tookMs: 820, entries: many }, lb2: {} }, { directors: slowest }),
    ).toBe(3_000);
    // How long one is that was not read, nobody knows.
    expect(await nextOf({ lb1: { tookMs: 820 }, lb2: { failure } })).toBe(8_000);
  });

  it('are not read before an entry can be gone that only expires', async () => {
    const address = { kind: 'address', protocol: 'udp', address: '10.0.0.100', port: 80 } as const;
    const of = draining.plan.directors[0]?.services[0]?.baseline;
    if (!of) throw new Error('no service');
    const service = { ...of, key: 'udp/10.0.0.100:80' as never, address };
    const next = async (from: string, ...entries: readonly ConnectionEntry[]) => {
      const sketch = { from, policy: { settleMs: 0 } };
      const state = drainingSince(1_000, { directors: both, service, sketch });
      const { world } = site(state, { lb1: { entries, inActConn: 2 }, lb2: {} });
      const { seen } = await readConnections(world);
      return seen.nextConnectionsMs - startMs;
    };
    expect(await next('10.0.0.1', udp(40), udp(90))).toBe(90_000);
    // Of two servers the one that may be empty first counts.
    const two = [udp(90), { ...udp(40), server: other }];
    expect(await next('10.0.0.1,10.0.0.3', ...two)).toBe(40_000);
    // One that is empty already is not waited for.
    expect(await next('10.0.0.1,10.0.0.3', udp(90))).toBe(90_000);
  });
});

describe('connection tables of nobody', () => {
  it('are none: no director is left to read one from', async () => {
    const state = stateAfter(
      [
        ...reachedOn(both, { kind: 'step', step: 12 }),
        ...both.map((director) => ({ type: 'director-lost' as const, director, reason: 'away' })),
      ],
      { directors: both },
    );
    const { world, asked } = site(state, { lb1: {}, lb2: {} });
    const { tables, sampled } = await listWithConnections(world);
    expect(asked).toEqual([]);
    expect(tables).toBeUndefined();
    expect(sampled).toEqual([]);
  });
});

describe('a probe of a lost director', () => {
  const lost = stateAfter(
    [
      ...reachedOn(both, { kind: 'step', step: 3 }),
      { type: 'director-lost', director: 'lb2', reason: 'away' },
    ],
    { directors: both },
  );
  const probed = async (machine: Machine) => {
    const { world, tables } = site(lost, { lb1: {}, lb2: machine });
    const trouble = { failure, count: 3, retryAtMs: 0 };
    const before = { ...fresh, troubles: { listing: trouble, edit: trouble } };
    const seen = withDirector(world.seen, 'lb2', () => before);
    const after = await probeDirector({ ...world, seen }, 'lb2');
    return { live: after(before), table: tables.get('lb2') };
  };

  it('has its table, forgets what an edit failed with, and says when the next one is', async () => {
    const { live, table } = await probed({ tookMs: 200 });
    expect(live.table).toEqual({ atMs: 10_200, snapshot: table });
    expect(live.troubles).toEqual({});
    expect(live.probe).toEqual({ atMs: 15_200 });
  });

  it('keeps that an edit failed, as long as no table was read', async () => {
    const { live } = await probed({ failure });
    expect(live.table).toBeUndefined();
    expect(live.troubles).toMatchObject({ listing: { count: 4 }, edit: { count: 3 } });
    expect(live.probe).toEqual({ atMs: 15_000 });
  });
});
