import { expect, test } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { parseEvents } from '../support/drain-command.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const natService = `-t ${nat.address}:80`;
const route = { address: virtualAddresses.v4.route, port: 80 };
const routeService = `-t ${route.address}:80`;

type NotDraining = DrainEvent & { readonly type: 'not-draining' };

describeKernel('a server that does not empty', (lab) => {
  const drain = async (deadline: string) => {
    const run = await lab.drain(
      [
        ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--over', '0s', '--settle', '2s'],
        ...['--drain-timeout', deadline, '--output', 'json'],
      ],
      { timeoutMs: 120_000 },
    );
    const events = parseEvents(run.stdout);
    const stalls = events.filter((event): event is NotDraining => event.type === 'not-draining');
    return { exitCode: run.exitCode, stalls, rollout: events[0]?.rollout ?? '' };
  };

  test('for clients that keep connections open is told who they are, and for how long', async () => {
    await lab.setTable(`-A ${natService} -s wrr`, `-a ${natService} -r 10.0.2.11:8080 -m -w 1`);
    await lab.clients.hold({ ...nat, kind: 'keep-alive', count: 3, source: '10.0.1.5' });
    await lab.clients.hold({ ...nat, kind: 'idle', source: '10.0.1.6' });
    const { exitCode, stalls } = await drain('8s');
    expect(exitCode).toBe(4);
    expect(stalls).toMatchObject([
      {
        reason: 'long-lived-connections',
        connections: 4,
        newConnections: 0,
        clients: [
          { address: '10.0.1.5', connections: 3 },
          { address: '10.0.1.6', connections: 1 },
        ],
      },
    ]);
    expect(stalls[0]?.openForMs).toBeGreaterThanOrEqual(7_900);
  });

  test('for a source port that is used again is told so, and with conn_reuse_mode=1 it empties', async () => {
    const again = { ...nat, perSecond: 1, sourcePort: 4_444, sources: ['10.0.1.5'] };
    await lab.sysctl('director', 'net.ipv4.vs.conn_reuse_mode', 0);
    await lab.setTable(`-A ${natService} -s wrr`, `-a ${natService} -r 10.0.2.11:8080 -m -w 1`);
    const load = await lab.clients.load(again);
    await load.take();
    const stuck = await drain('10s');
    expect(stuck.exitCode).toBe(4);
    expect(stuck.stalls).toMatchObject([{ reason: 'port-reuse', newConnections: 1 }]);
    await lab.sysctl('director', 'net.ipv4.vs.conn_reuse_mode', 1);
    await lab.setTable(`-A ${natService} -s wrr`, `-a ${natService} -r 10.0.2.11:8080 -m -w 1`);
    // It is held, and so it has the service.
    expect(await lab.drain(['abandon', stuck.rollout])).toMatchObject({ exitCode: 0 });
    expect(await drain('30s')).toMatchObject({ exitCode: 0, stalls: [] });
    const errors = (await load.stop()).filter(({ error }) => error !== undefined);
    expect(errors).toEqual([]);
  });

  test('for UDP clients that go on sending is told so', async () => {
    const dns = { address: nat.address, port: 53, protocol: 'udp' as const };
    const service = `-u ${dns.address}:53`;
    await lab.setTable(`-A ${service} -s wrr`, `-a ${service} -r 10.0.2.11:53 -m -w 1`);
    const load = await lab.clients.load({ ...dns, perSecond: 2, sourcePort: 5_353 });
    await load.take();
    const { exitCode, stalls } = await drain('6s');
    expect(exitCode).toBe(4);
    expect(stalls).toMatchObject([{ reason: 'udp-traffic' }]);
  });

  test('for connections whose end does not pass the director is told so', async () => {
    await lab.setTable(`-A ${routeService} -s wrr`, `-a ${routeService} -r 10.0.2.11 -g -w 1`);
    await lab.clients.hold({ ...route, kind: 'idle', count: 2 });
    // The clients are told straight by the server: to the director the connections live on.
    await lab.servers[0]?.abort();
    const { exitCode, stalls } = await drain('8s');
    expect(exitCode).toBe(4);
    expect(stalls).toMatchObject([{ reason: 'dead-peer', connections: 2, newConnections: 0 }]);
    expect(stalls[0]?.silentForMs).toBeGreaterThanOrEqual(7_000);
  });
});
