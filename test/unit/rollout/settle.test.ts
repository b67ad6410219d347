import { describe, expect, it } from 'vitest';
import type { ConnectionEntry } from '../../../src/domain/ipvs/ipvs.ts';
import type { Sysctl } from '../../../src/ipvs/simulated/connections/sysctl.ts';
import type { Simulation } from '../../../src/ipvs/simulated/simulated-director.ts';
import type { PacketTarget } from '../../../src/ipvs/simulated/table/kernel-table.ts';
import { canCarryData, endedAgoS } from '../../../src/rollout/observe/open-connections.ts';
import { scriptedGate } from '../../support/scripted-gate.ts';
import { connect, target } from '../../support/simulated-ipvs.ts';
import { playRollout } from '../../support/simulated-rollout.ts';

interface Client {
  /** The service, as ipvsadm's options. */
  readonly service: string;
  readonly to: PacketTarget;
  readonly sysctl?: Partial<Sysctl>;
  /** The source port of the n-th connection. */
  readonly portOf: (n: number) => number;
}

const clients: Record<string, Client> = {
  'a persistent service': {
    service: '-t 10.0.0.100:80 -s wrr -p 300',
    to: target,
    portOf: (n) => 2_000 + n,
  },
  'a source port that is used again': {
    service: '-t 10.0.0.100:80 -s wrr',
    to: target,
    sysctl: { connReuseMode: 0 },
    portOf: () => 2_000,
  },
  'a firewall mark': {
    service: '-f 7 -s wrr -p 300',
    to: { ...target, mark: 7 },
    portOf: (n) => 2_000 + n,
  },
};

const tableOf = (service: string): string =>
  `-A ${service}\n-a ${service.split(' -s')[0]} -r 10.0.0.1:80 -m -w 1\n`;

interface Visits {
  readonly settleMs: number;
  readonly everyMs: number;
  /** How long the client goes on coming. */
  readonly forMs: number;
  readonly drainTimeoutMs?: number;
  readonly end?: 'fin' | 'rst';
}

/** A switch in one step under a client that comes again and again, for 20 ms each time. */
async function removedAfterMs(client: Client, visits: Visits): Promise<number | undefined> {
  const { settleMs, everyMs, forMs, drainTimeoutMs = 60_000, end = 'fin' } = visits;
  let lastEndMs = Number.NaN;
  const come = (sim: Simulation, n: number): void => {
    const connection = connect(sim, client.portOf(n), client.to);
    if (connection.server.address !== '10.0.0.1') throw new Error('the client went elsewhere');
    sim.at(sim.clock.nowMs() + 20, () => {
      sim.kernel.connections.fromClient(connection, end);
      if (end === 'fin') sim.kernel.connections.fromServer(connection, 'fin');
      lastEndMs = sim.clock.nowMs();
    });
    if ((n + 1) * everyMs <= forMs) sim.at(sim.clock.nowMs() + everyMs, () => come(sim, n + 1));
  };
  const played = await playRollout(
    {
      from: '10.0.0.1',
      to: '10.0.0.2',
      ramp: { overMs: 0, everyMs: 1_000 },
      policy: { settleMs, drainTimeoutMs },
    },
    {
      seed: 1,
      table: tableOf(client.service),
      ...(client.sysctl ? { sysctl: client.sysctl } : {}),
    },
    (sim) => come(sim, 0),
  );
  const removed = played.events.find((event) => event.type === 'removed');
  return removed && Date.parse(removed.at) - lastEndMs;
}

describe.each(Object.entries(clients))('a client of %s', (_, client) => {
  it.each([1, 2, 3, 4, 5])(
    'that comes again before a settle of %d s is over keeps its server',
    async (settleS) => {
      const settleMs = settleS * 1_000;
      const everyMs = settleMs - 80;
      expect(
        await removedAfterMs(client, { settleMs, everyMs, forMs: 90_000, drainTimeoutMs: 40_000 }),
      ).toBeUndefined();
    },
  );

  it.each([0, 1, 2, 3, 4, 5])(
    'that stays away loses its server after a settle of %d s, and not before',
    async (settleS) => {
      const settleMs = settleS * 1_000;
      const everyMs = Math.max(900, settleMs - 80);
      const afterMs = await removedAfterMs(client, { settleMs, everyMs, forMs: 9_500 });
      expect(afterMs).toBeGreaterThanOrEqual(settleMs);
      // The age is known to a second, and connections are read once a poll.
      expect(afterMs).toBeLessThanOrEqual(settleMs + 2_100);
    },
  );
});

describe('a settle that is longer than the table remembers a reset', () => {
  it('is counted from the last connection all the same', async () => {
    const client = clients['a persistent service'] as Client;
    const visits = { settleMs: 30_000, everyMs: 13_000, forMs: 26_500, end: 'rst' } as const;
    const afterMs = await removedAfterMs(client, visits);
    expect(afterMs).toBeGreaterThanOrEqual(30_000);
    expect(afterMs).toBeLessThanOrEqual(32_100);
  });
});

describe('a server that was empty before a gate closed', () => {
  it('is settled anew when the gate opens, under whoever came meanwhile', async () => {
    const settleMs = 5_000;
    let lastEndMs = Number.NaN;
    const played = await playRollout(
      {
        from: '10.0.0.1',
        to: '10.0.0.2',
        ramp: { overMs: 0, everyMs: 1_000 },
        policy: { settleMs },
      },
      { seed: 1, table: tableOf('-t 10.0.0.100:80 -s wrr -p 300') },
      (sim) => {
        const come = (port: number): void => {
          sim.kernel.connections.fromClient(connect(sim, port), 'rst');
          lastEndMs = sim.clock.nowMs();
        };
        come(2_000);
        sim.at(sim.clock.nowMs() + 29_500, () => come(2_001));
      },
      (clock) => [
        scriptedGate(clock, {
          timing: { fall: 1_000, intervalMs: 1_000 },
          passes: ({ atMs }) => atMs < 500 || atMs > 30_000,
        }),
      ],
    );
    const at = (type: string) =>
      Date.parse(played.events.find((event) => event.type === type)?.at ?? '');
    expect(at('drained') - played.startMs).toBeLessThan(10_000);
    expect(at('removed') - lastEndMs).toBeGreaterThanOrEqual(settleMs);
    expect(at('removed') - lastEndMs).toBeLessThanOrEqual(settleMs + 2_100);
  });
});

describe('the age of a finished association of SCTP', () => {
  const entry = (state: string, expiresS: number): ConnectionEntry => ({
    protocol: 'SCTP',
    state,
    expiresS,
    client: { address: '192.0.2.1', port: 4_000 },
    virtual: { address: '10.0.0.100', port: 80 },
    server: '10.0.0.1:80' as ConnectionEntry['server'],
  });

  it('is what has run off of its timeout', () => {
    expect(endedAgoS(entry('CLOSED', 58))).toBe(3);
    expect(endedAgoS(entry('REJECTED', 4))).toBe(0);
    expect(endedAgoS(entry('ESTABLISHED', 890))).toBeUndefined();
    expect(canCarryData(entry('CLOSED', 58))).toBe(false);
  });
});
