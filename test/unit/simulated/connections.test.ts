import { describe, expect, test } from 'vitest';
import type { Sysctl } from '../../../src/ipvs/simulated/connections/sysctl.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import type { PacketTarget } from '../../../src/ipvs/simulated/table/kernel-table.ts';
import { at, connect, execute, target } from '../../support/simulated-ipvs.ts';

const service = 'tcp/10.0.0.100:80';

function simulation(sysctl: Partial<Sysctl> = {}, forwarding = '-m') {
  const table = `-A -t 10.0.0.100:80 -s rr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 ${forwarding} -w 1
`;
  return createSimulatedIpvsadm({ seed: 1, startMs: 0, table, sysctl });
}

type Sim = ReturnType<typeof simulation>;

/** `ESTABLISHED 900 1/0`: state, seconds left, ActiveConn/InActConn. */
function state(sim: Sim): string {
  const { activeConn, inActConn } = at(sim, service, '10.0.0.1:80');
  const [line] = execute(sim, '-Lnc').split('\n').slice(2);
  const [, expires = '', name = 'none'] = (line ?? '').split(/ +/);
  const [minutes = 0, seconds = 0] = expires.split(':').map(Number);
  return `${name} ${minutes * 60 + seconds} ${activeConn}/${inActConn}`;
}

describe('the states of a TCP connection', () => {
  test('SYN_RECV counts as active for 60 s', () => {
    const sim = simulation();
    sim.kernel.connections.arrive(target, 1, 1);
    expect(state(sim)).toBe('SYN_RECV 60 1/0');
    sim.kernel.wheel.advanceTo(60_000);
    expect(state(sim)).toBe('none 0 0/0');
  });

  test('a server that refuses leaves CLOSE for 10 s', () => {
    const sim = simulation();
    const arrival = sim.kernel.connections.arrive(target, 1, 1);
    if (arrival.kind === 'scheduled') sim.kernel.connections.fromServer(arrival.connection, 'rst');
    expect(state(sim)).toBe('CLOSE 10 0/1');
  });

  test('every packet renews ESTABLISHED, and an idle connection leaves after 900 s', () => {
    const sim = simulation();
    const connection = connect(sim, 1);
    expect(state(sim)).toBe('ESTABLISHED 900 1/0');
    sim.kernel.wheel.advanceTo(500_000);
    sim.kernel.connections.fromClient(connection, 'ack');
    sim.kernel.wheel.advanceTo(1_399_000);
    expect(state(sim)).toBe('ESTABLISHED 1 1/0');
    sim.kernel.wheel.advanceTo(1_400_000);
    expect(state(sim)).toBe('none 0 0/0');
    expect(sim.kernel.connections.fromClient(connection, 'ack')).toBe('gone');
  });

  test('a client that closes is inactive while the server streams on', () => {
    const sim = simulation();
    const connection = connect(sim, 1);
    sim.kernel.connections.fromClient(connection, 'fin');
    expect(state(sim)).toBe('CLOSE_WAIT 60 0/1');
    sim.kernel.wheel.advanceTo(50_000);
    sim.kernel.connections.fromServer(connection, 'ack');
    expect(state(sim)).toBe('CLOSE_WAIT 60 0/1');
    sim.kernel.connections.fromServer(connection, 'fin');
    expect(state(sim)).toBe('TIME_WAIT 120 0/1');
  });

  test('a server that closes leaves FIN_WAIT until the client has closed too', () => {
    const sim = simulation();
    const connection = connect(sim, 1);
    sim.kernel.connections.fromServer(connection, 'fin');
    expect(state(sim)).toBe('FIN_WAIT 120 0/1');
    sim.kernel.connections.fromClient(connection, 'fin');
    expect(state(sim)).toBe('TIME_WAIT 120 0/1');
  });

  test('with direct routing the server is not heard: its FIN leaves the entry ESTABLISHED', () => {
    const sim = simulation({}, '-g');
    const connection = connect(sim, 1);
    sim.kernel.connections.fromServer(connection, 'fin');
    expect(state(sim)).toBe('ESTABLISHED 900 1/0');
    sim.kernel.connections.fromClient(connection, 'fin');
    expect(state(sim)).toBe('FIN_WAIT 120 0/1');
  });

  test('--set changes ESTABLISHED and FIN_WAIT from the next packet on, and no other state', () => {
    const sim = simulation();
    const connection = connect(sim, 1);
    execute(sim, '--set 20 10 0');
    expect(state(sim)).toBe('ESTABLISHED 900 1/0');
    sim.kernel.connections.fromClient(connection, 'ack');
    expect(state(sim)).toBe('ESTABLISHED 20 1/0');
    sim.kernel.connections.fromServer(connection, 'fin');
    expect(state(sim)).toBe('FIN_WAIT 10 0/1');
    sim.kernel.connections.fromClient(connection, 'fin');
    expect(state(sim)).toBe('TIME_WAIT 120 0/1');
    expect(execute(sim, '-L --timeout')).toBe('Timeout (tcp tcpfin udp): 20 10 300\n');
  });
});

describe('UDP', () => {
  const udp: PacketTarget = { protocol: 'udp', address: '10.0.0.100', port: 53 };
  const table = (options: string) =>
    `-A -u 10.0.0.100:53 ${options}\n-a -u 10.0.0.100:53 -r 10.0.0.1:53 -m -w 1\n`;

  test('is always inactive, for 300 s after the last packet', () => {
    const sim = createSimulatedIpvsadm({ seed: 1, startMs: 0, table: table('-s rr') });
    expect(sim.kernel.connections.arrive(udp, 1, 1).kind).toBe('scheduled');
    const server = at(sim, 'udp/10.0.0.100:53', '10.0.0.1:53');
    expect([server.activeConn, server.inActConn]).toEqual([0, 1]);
    sim.kernel.wheel.advanceTo(200_000);
    expect(sim.kernel.connections.arrive(udp, 1, 1).kind).toBe('known');
    sim.kernel.wheel.advanceTo(499_999);
    expect(server.inActConn).toBe(1);
    sim.kernel.wheel.advanceTo(500_000);
    expect(server.inActConn).toBe(0);
  });

  test('is not counted at all with one-packet scheduling', () => {
    const sim = createSimulatedIpvsadm({ seed: 1, startMs: 0, table: table('-s rr -o') });
    expect(sim.kernel.connections.arrive(udp, 1, 1).kind).toBe('one-packet');
    expect(at(sim, 'udp/10.0.0.100:53', '10.0.0.1:53').references).toBe(0);
  });
});

describe('weight 0', () => {
  const quiesce = '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 0';
  const addAnother = '-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 1';

  test('lets a handshake on the way become a connection, and refuses new ones', () => {
    const sim = simulation();
    const arrival = sim.kernel.connections.arrive(target, 1, 1);
    execute(sim, quiesce);
    if (arrival.kind === 'scheduled') sim.kernel.connections.fromClient(arrival.connection, 'ack');
    expect(state(sim)).toBe('ESTABLISHED 900 1/0');
    expect(sim.kernel.connections.arrive(target, 1, 2)).toEqual({
      kind: 'refused',
      why: 'no-server',
    });
  });

  test('a reused port out of TIME_WAIT goes to a new server, unless conn_reuse_mode is 0', () => {
    for (const connReuseMode of [1, 0] as const) {
      const sim = simulation({ connReuseMode });
      const connection = connect(sim, 1);
      sim.kernel.connections.fromClient(connection, 'fin');
      sim.kernel.connections.fromServer(connection, 'fin');
      execute(sim, addAnother);
      execute(sim, quiesce);
      const again = connect(sim, 1);
      expect(again.server.key).toBe(connReuseMode === 1 ? '10.0.0.2:80' : '10.0.0.1:80');
      expect(again.state).toBe('ESTABLISHED');
    }
  });
});

describe('a removed server', () => {
  const remove = '-d -t 10.0.0.100:80 -r 10.0.0.1:80';

  test('has its clients hang: their packets vanish, new SYNs on the same port too', () => {
    const sim = simulation();
    const connection = connect(sim, 1);
    execute(sim, remove);
    expect(sim.kernel.connections.fromClient(connection, 'ack')).toBe('dropped');
    expect(sim.kernel.connections.fromServer(connection, 'ack')).toBe('delivered');
    expect(sim.kernel.connections.arrive(target, 0xc0000201, 1).kind).toBe('dropped');
  });

  test('has its clients reset with expire_nodest_conn', () => {
    const sim = simulation({ expireNodestConn: 1 });
    const connection = connect(sim, 1);
    execute(sim, remove);
    expect(sim.kernel.connections.fromClient(connection, 'ack')).toBe('gone');
    expect(execute(sim, '-Lnc').split('\n')).toHaveLength(3);
  });
});
