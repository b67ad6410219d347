import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import type { Simulation } from '../../../src/ipvs/simulated/simulated-director.ts';
import type { PacketTarget } from '../../../src/ipvs/simulated/table/kernel-table.ts';
import { connect } from '../../support/simulated-ipvs.ts';
import { playRollout } from '../../support/simulated-rollout.ts';

interface Call {
  readonly atMs: number;
  readonly stdin: string;
}

const tableOf = (service: string): string =>
  `-A ${service} -s wrr\n-a ${service} -r 10.0.0.1:80 -m -w 1\n`;

/** A switch in one step, with the time of every ipvsadm process. */
async function switchOver(service: string, during: (sim: Simulation) => void, lineCostMs = 0) {
  const calls: Call[] = [];
  let simulation: Simulation | undefined;
  const played = await playRollout(
    { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 0, everyMs: 1_000 } },
    {
      seed: 1,
      lineCostMs,
      table: tableOf(service),
      faults: ({ stdin }) => {
        calls.push({ atMs: simulation?.clock.nowMs() ?? 0, stdin });
        return undefined;
      },
    },
    (sim) => {
      simulation = sim;
      during(sim);
    },
  );
  const removed = played.events.find((event) => event.type === 'removed');
  if (!removed) throw new Error('nothing was removed');
  return { calls, removed: removed as DrainEvent & { readonly at: string }, start: played.startMs };
}

const looksIn = (calls: readonly Call[]): number =>
  calls.filter(({ stdin }) => stdin.includes('-Lnc')).length;

describe('the connection table', () => {
  const udp: PacketTarget = { protocol: 'udp', address: '10.0.0.100', port: 53 };

  it('is not read again before an entry of UDP can have expired', async () => {
    const { calls, removed, start } = await switchOver('-u 10.0.0.100:53', (sim) => {
      sim.kernel.connections.arrive(udp, 1, 1);
    });
    expect(looksIn(calls)).toBeLessThanOrEqual(5);
    const afterMs = Date.parse(removed.at) - start;
    expect(afterMs).toBeGreaterThanOrEqual(305_000);
    expect(afterMs).toBeLessThanOrEqual(307_500);
  });

  it('is read again and again while a connection of TCP is half closed, which may end at any moment', async () => {
    const { calls } = await switchOver('-t 10.0.0.100:80', (sim) => {
      const connection = connect(sim, 2_001);
      sim.kernel.connections.fromClient(connection, 'fin');
      const endMs = sim.clock.nowMs() + 30_000;
      sim.at(endMs, () => sim.kernel.connections.fromServer(connection, 'fin'));
    });
    expect(looksIn(calls)).toBeGreaterThanOrEqual(25);
  });
});

describe('a server that has been empty for long enough', () => {
  it('is taken out with the listing that found it so', async () => {
    const { calls } = await switchOver('-t 10.0.0.100:80', () => {});
    const removal = calls.findIndex(({ stdin }) => /^-d /m.test(stdin));
    const atMs = calls[removal]?.atMs ?? 0;
    const before = calls.slice(0, removal).filter((call) => call.atMs > atMs - 500);
    expect(before.map(({ stdin }) => stdin.includes('--thresholds'))).toEqual([true]);
  });

  /** A connection that is over half a second after the switch, and listed for two minutes more. */
  const oneThatEnds = (sim: Simulation): void => {
    const connection = connect(sim, 2_001);
    sim.at(sim.clock.nowMs() + 500, () => {
      sim.kernel.connections.fromClient(connection, 'fin');
      sim.kernel.connections.fromServer(connection, 'fin');
    });
  };

  it('is taken out with the look that found nothing but ended connections', async () => {
    const { calls } = await switchOver('-t 10.0.0.100:80', oneThatEnds);
    const removal = calls.findIndex(({ stdin }) => /^-d /m.test(stdin));
    const atMs = calls[removal]?.atMs ?? 0;
    const before = calls.slice(0, removal).filter((call) => call.atMs > atMs - 500);
    expect(before.map(({ stdin }) => /--thresholds[\s\S]*-Lnc/.test(stdin))).toEqual([true]);
    expect(looksIn(calls)).toBe(2);
  });

  it('is looked at a second time when it is due, however long the first look took', async () => {
    const lineCostMs = 500;
    const among = (sim: Simulation): void => {
      oneThatEnds(sim);
      // So many that the table is not looked at more often than what it costs allows.
      const other: PacketTarget = { protocol: 'tcp', address: '10.0.0.200', port: 80 };
      sim.ipvsadm(['-R'], '-A -t 10.0.0.200:80 -s rr\n-a -t 10.0.0.200:80 -r 10.0.0.9:80 -m\n');
      for (let client = 0; client < 10_001; client++) {
        sim.kernel.connections.arrive(other, 1 + (client >> 8), 1_024 + (client & 255));
      }
    };
    const { removed, start } = await switchOver('-t 10.0.0.100:80', among, lineCostMs);
    const [settleMs, pollMs, commandMs] = [5_000, 1_000, 6 * lineCostMs];
    const lastByteMs = 500;
    const afterMs = Date.parse(removed.at) - start - lastByteMs;
    // Two of the commands are edits, and list the service before as well.
    const listedBeforeMs = 2 * 2 * lineCostMs;
    expect(afterMs).toBeLessThanOrEqual(settleMs + pollMs + 5 * commandMs + listedBeforeMs);
  });
});
