import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import { type Failure, fail, ok } from '../../../../src/domain/failure.ts';
import type {
  ConnectionEntry,
  ServerSample,
  ServiceSample,
  VirtualService,
} from '../../../../src/domain/ipvs/ipvs.ts';
import type { TrafficTotals } from '../../../../src/domain/ipvs/measurement.ts';
import { drainingServers } from '../../../../src/rollout/observe/draining-servers.ts';
import {
  countQuiesced,
  countReused,
  endedConnections,
  explainWaiting,
} from '../../../../src/rollout/observe/explain-stall.ts';
import type { LiveDirector, Observation } from '../../../../src/rollout/observe/observation.ts';
import { answeringDirector } from '../../../support/answering-director.ts';
import {
  drainingSince,
  listedAt,
  old,
  oldKey,
  seenOf,
  web,
} from '../../../support/engine-state.ts';
import { realServer, snapshotOf, wrrService } from '../../../support/tables.ts';

const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
const traffic = (connections: number): TrafficTotals => ({
  connections,
  inPackets: 0,
  outPackets: 0,
  inBytes: 0,
  outBytes: 0,
});
const entry = (port: number, more: Partial<ConnectionEntry> = {}): ConnectionEntry => ({
  protocol: 'TCP',
  state: 'ESTABLISHED',
  expiresS: 895,
  client: { address: `192.0.2.${port % 2}`, port },
  virtual: { address: '10.0.0.100', port: 80 },
  server: old,
  ...more,
});
const ended = (port: number, agoS: number): ConnectionEntry =>
  entry(port, { state: 'TIME_WAIT', expiresS: 120 - agoS });

interface Machine {
  /** What the counters of OLD show. */
  readonly counts?: Partial<ServerSample>;
  readonly entries?: readonly ConnectionEntry[];
  /** Connections that OLD has ever got. */
  readonly ever?: number;
  readonly sysctls?: Readonly<Record<string, number>>;
  readonly failure?: Failure;
}

/** What was sampled, with other counters of OLD. */
function samplesOf(
  { sample }: LiveDirector,
  counts: Partial<ServerSample> = {},
): ReadonlyMap<ServiceKey, ServiceSample> {
  const found = sample?.services.get(web);
  const server = found?.servers.get(old);
  if (!found || !server) throw new Error('no sample of the old server');
  return new Map([
    [web, { ...found, servers: new Map([...found.servers, [old, { ...server, ...counts }]]) }],
  ]);
}

/** A drain that has lasted for 30 s on these machines. */
function draining(
  machines: Readonly<Record<string, Machine>>,
  { service, more }: { service?: VirtualService; more?: Partial<Observation> } = {},
) {
  const names = Object.keys(machines);
  const state = drainingSince(10_000, { directors: names, ...(service ? { service } : {}) });
  const asked: string[] = [];
  const directors = new Map(
    Object.entries(machines).map(([name, machine]) => {
      const { counts, entries = [], ever, sysctls = {}, failure } = machine;
      const samples = samplesOf(listedAt(state, name, 40_000), counts);
      const director = answeringDirector(name, {
        async look(services) {
          asked.push(`look ${services}`);
          if (failure) return fail(failure);
          return ok({
            snapshot: { ...snapshotOf([]), samples },
            connections: { entries, timeouts },
          });
        },
        async totals(services) {
          asked.push(`totals ${services}`);
          if (ever === undefined) return fail({ kind: 'director', what: 'no totals' });
          return ok(new Map([[web, new Map([[old, traffic(ever)]])]]));
        },
        async connections() {
          asked.push('connections');
          return failure ? fail(failure) : ok({ entries, timeouts });
        },
        facts: async () => ({ sysctls: new Map(Object.entries(sysctls)) }),
      });
      return [name, director] as const;
    }),
  );
  const seen = seenOf(
    Object.fromEntries(
      Object.entries(machines).map(([name, { counts }]) => {
        const live = listedAt(state, name, 39_000);
        return [name, { ...live, sample: { atMs: 39_000, services: samplesOf(live, counts) } }];
      }),
    ),
    more,
  );
  const clock = { nowMs: () => 40_000, sleepUntil: async () => {} };
  return { world: { directors, clock, state, seen }, asked, waiting: drainingServers(state) };
}

const explained = async (...of: Parameters<typeof draining>) => {
  const { world, waiting } = draining(...of);
  return explainWaiting(world, waiting);
};
const counted = (ever: number, atMs = 10_000, of: readonly string[] = ['lb1']) => ({
  counted: {
    atMs,
    totals: new Map(of.map((name) => [name, new Map([[web, new Map([[old, traffic(ever)]])]])])),
    ended: new Map(),
  },
});
const stalled = { type: 'not-draining', director: 'lb1', service: web, server: old } as const;

describe('why a server does not become empty', () => {
  it('is said with its clients, how long they are there, and for how long they were silent', async () => {
    const machine = {
      counts: { activeConn: 3 },
      entries: [1, 2, 3].map((port) => entry(port)),
      ever: 7,
    };
    const { seen, events } = await explained({ lb1: machine }, { more: counted(7) });
    expect(events).toEqual([
      {
        ...stalled,
        reason: 'long-lived-connections',
        connections: 3,
        clients: [
          { address: '192.0.2.1', connections: 2 },
          { address: '192.0.2.0', connections: 1 },
        ],
        newConnections: 0,
        openForMs: 30_000,
        silentForMs: 5_000,
      },
    ]);
    expect(seen.explainedMs).toBe(40_000);
  });

  it('counts connections that are open, not those that have ended and are still listed', async () => {
    const machine = { counts: { activeConn: 1, inActConn: 5 }, entries: [entry(1), ended(2, 9)] };
    const { events } = await explained({ lb1: machine });
    expect(events).toMatchObject([{ connections: 1 }]);
  });

  it('says how many came all the same, and nothing of that where nobody has counted', async () => {
    const machine = { counts: { activeConn: 1 }, entries: [entry(1)], ever: 9 };
    const came = await explained({ lb1: machine }, { more: counted(6) });
    expect(came.events).toMatchObject([{ newConnections: 3, connections: 1 }]);
    expect(came.events[0]).not.toHaveProperty('openForMs');
    const zeroed = await explained({ lb1: machine }, { more: counted(600) });
    expect(zeroed.events).toMatchObject([{ newConnections: 0, openForMs: 30_000 }]);
    for (const [one, more] of [
      [machine, {}],
      [{ ...machine, ever: undefined as never }, counted(6)],
    ] as const) {
      const { events } = await explained({ lb1: one }, { more });
      expect(events).toHaveLength(1);
      expect(events[0]).not.toHaveProperty('newConnections');
      expect(events[0]).not.toHaveProperty('openForMs');
    }
  });

  it('is a template that brings clients back, unless the kernel lets templates expire', async () => {
    const service = wrrService([realServer('10.0.0.1', 100), realServer('10.0.0.3', 100)], {
      persistence: { timeoutS: 360 },
    });
    const machine = { counts: { activeConn: 1, persistConn: 2 }, entries: [entry(1)], ever: 9 };
    const reasonOf = async (sysctls: Readonly<Record<string, number>>) => {
      const { events } = await explained(
        { lb1: { ...machine, sysctls } },
        { service, more: counted(6) },
      );
      return events.map((event) => event.type === 'not-draining' && event.reason);
    };
    expect(await reasonOf({ expire_quiescent_template: 0 })).toEqual(['persistence']);
    expect(await reasonOf({ expire_quiescent_template: 1 })).toEqual(['long-lived-connections']);
  });

  it('is a peer that is dead where nothing has come from it since the server was quiesced', async () => {
    const service = wrrService([
      realServer('10.0.0.1', 100, { forwarding: 'route' }),
      realServer('10.0.0.3', 100),
    ]);
    const reasonAt = async (silentS: number) => {
      const machine = {
        counts: { activeConn: 1 },
        entries: [entry(1, { expiresS: 900 - silentS })],
        ever: 6,
      };
      const { events } = await explained({ lb1: machine }, { service, more: counted(6) });
      return events.map((event) => event.type === 'not-draining' && event.reason);
    };
    // 30 s at weight 0, less the second by which ages are rounded.
    expect(await reasonAt(29)).toEqual(['dead-peer']);
    expect(await reasonAt(28)).toEqual(['long-lived-connections']);
  });

  it('is told of each director that has connections, by what its own table has', async () => {
    const machines = {
      lb1: { counts: { activeConn: 2 }, entries: [entry(1), entry(2)], ever: 1 },
      lb2: { counts: {}, entries: [], ever: 1 },
      lb3: { counts: { activeConn: 1, inActConn: 4 }, entries: [entry(3)], ever: 1 },
    };
    const { events } = await explained(machines);
    expect(
      events.map((event) => event.type === 'not-draining' && [event.director, event.connections]),
    ).toEqual([
      ['lb1', 2],
      ['lb3', 5],
    ]);
  });

  it('is told of all where no counter shows who has them', async () => {
    const { events } = await explained({ lb1: {}, lb2: {} });
    expect(events.map((event) => 'director' in event && event.director)).toEqual(['lb1', 'lb2']);
  });
});

describe('why a server does not become empty is not known', () => {
  const first: Machine = { counts: { inActConn: 4 }, entries: [entry(1)], ever: 3 };
  const what = 'ipvsadm hangs';

  it('where a connection table was not read: that of the director itself, else of another', async () => {
    const warning = (of: string, why: string) => ({
      type: 'warning',
      code: 'drain-unexplained',
      service: web,
      message: `${old} does not become empty, and why is not known: the connection table of ${of} ${why}`,
    });
    const failure = { kind: 'director', what } as const;
    expect((await explained({ lb1: { ...first, failure } })).events).toEqual([
      warning('lb1', `was not read: ${what}`),
    ]);
    expect((await explained({ lb1: first, lb2: { failure } })).events).toEqual([
      warning('lb2', `was not read: ${what}`),
    ]);
    const large = { ...failure, code: 'too-much-output' } as const;
    expect((await explained({ lb1: first, lb2: { failure: large } })).events).toEqual([
      warning('lb2', 'is too large to be read'),
    ]);
  });

  it('and what an earlier reading showed is no reason now', async () => {
    const failure = { kind: 'director', what } as const;
    const clients = [{ address: '192.0.2.9', connections: 1 }];
    const before = { count: 1, byState: new Map(), openForS: 0, clients };
    const watches = new Map([
      [oldKey, { verdict: { kind: 'draining', connections: 1 } as const, openConnections: before }],
    ]);
    const { events } = await explained({ lb1: { ...first, failure } }, { more: { watches } });
    expect(events).toMatchObject([{ code: 'drain-unexplained' }]);
  });
});

describe('what is counted when a server has just been quiesced', () => {
  it('is what it has got, from each director that answers', async () => {
    const { world, asked } = draining({ lb1: { ever: 4 }, lb2: {}, lb3: { ever: 0 } });
    const { totals, ended: found, atMs } = await countQuiesced(world);
    expect([...totals.keys()]).toEqual(['lb1', 'lb3']);
    expect(totals.get('lb1')?.get(web)?.get(old)?.connections).toBe(4);
    expect(found).toEqual(new Map());
    expect(atMs).toBe(40_000);
    expect(asked).toEqual(Array.from({ length: 3 }, () => `totals ${web}`));
  });

  it('is what is over but listed, where its ports would be used again unseen', async () => {
    const entries = [ended(1, 5), entry(2), ended(3, 0)];
    const machine = { ever: 4, entries, sysctls: { conn_reuse_mode: 0 } };
    const failing = { ...machine, failure: { kind: 'director', what: 'no' } as const };
    const usual = { ...machine, sysctls: { conn_reuse_mode: 1 } };
    const { world } = draining({ lb1: machine, lb2: usual, lb3: failing });
    const { ended: found } = await countQuiesced(world);
    expect([...found.keys()]).toEqual(['lb1']);
    expect(found.get('lb1')?.get(oldKey)?.size).toBe(2);
  });

  it('finds a port that is used again, and says so', async () => {
    const { world } = draining({
      lb1: { ever: 4, entries: [ended(1, 5), ended(2, 5)], sysctls: { conn_reuse_mode: 0 } },
    });
    const before = await countQuiesced({
      ...world,
      clock: { ...world.clock, nowMs: () => 10_000 },
    });
    const { events } = await explained(
      { lb1: { counts: { activeConn: 1 }, ever: 4, entries: [entry(1), ended(2, 35)] } },
      { more: { counted: before } },
    );
    expect(events).toMatchObject([{ reason: 'port-reuse', newConnections: 1, connections: 1 }]);
  });
});

describe('a source port that is used again', () => {
  const service = wrrService([realServer('10.0.0.1', 0), realServer('10.0.0.3', 1)]);
  const table = (...entries: readonly ConnectionEntry[]) => ({ entries, timeouts });
  const before = table(ended(1, 3), ended(2, 3), ended(4, 3), entry(3));
  const reused = (...entries: readonly ConnectionEntry[]) =>
    countReused(table(...entries), service, old, {
      ended: endedConnections(before, service, old),
      elapsedS: 30,
    });

  it('is one that had ended and is open, or has ended again since', () => {
    expect(reused(ended(1, 33), ended(2, 33))).toBe(0);
    expect(reused(entry(1), ended(2, 33))).toBe(1);
    expect(reused(ended(1, 10), entry(2), ended(4, 28))).toBe(3);
  });

  it('is none where it ended about when the first look was, or was open then', () => {
    expect(reused(ended(1, 29))).toBe(0);
    expect(reused(ended(3, 5), entry(9))).toBe(0);
  });

  it('is that of the same client, service and server', () => {
    const client = { address: '192.0.2.77', port: 1 };
    expect(reused(entry(1, { client }))).toBe(0);
    expect(reused(entry(1, { virtual: { address: '10.0.0.101', port: 80 } }))).toBe(0);
    expect(reused(entry(1, { server: '10.0.0.3:80' as ServerKey }))).toBe(0);
  });
});
