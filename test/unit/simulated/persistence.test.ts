import { expect, test } from 'vitest';
import type { Sysctl } from '../../../src/ipvs/simulated/connections/sysctl.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import { at, connect, execute, target } from '../../support/simulated-ipvs.ts';

const service = 'tcp/10.0.0.100:80';

function simulation(options = '-p 100', sysctl: Partial<Sysctl> = {}) {
  const table = `-A -t 10.0.0.100:80 -s rr ${options}
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 1
`;
  return createSimulatedIpvsadm({ seed: 1, startMs: 0, table, sysctl });
}

type Sim = ReturnType<typeof simulation>;

const serverOf = (sim: Sim, port: number, client = 1): string =>
  connect(sim, port, target, client).server.key;

const close = (sim: Sim): void => {
  for (const connection of sim.kernel.connections.entries()) {
    sim.kernel.connections.fromClient(connection, 'rst');
  }
};

const templates = (sim: Sim): string[] =>
  execute(sim, '-Lnc')
    .split('\n')
    .filter((line) => / \S+:0 +/.test(line))
    .map((line) => line.replace(/ +/g, ' '));

test('a client comes back to its server, the next client gets the next server', () => {
  const sim = simulation();
  expect([1, 2, 3].map((port) => serverOf(sim, port))).toEqual(Array(3).fill('10.0.0.2:80'));
  expect(serverOf(sim, 1, 2)).toBe('10.0.0.1:80');
  expect(templates(sim)).toEqual([
    'TCP 01:40 ASSURED 192.0.2.1:0 10.0.0.100:80 10.0.0.2:80',
    'TCP 01:40 ASSURED 192.0.2.2:0 10.0.0.100:80 10.0.0.1:80',
  ]);
});

test('a template counts as PersistConn and as no connection', () => {
  const sim = simulation();
  serverOf(sim, 1);
  serverOf(sim, 2);
  const { activeConn, inActConn, persistConn } = at(sim, service, '10.0.0.2:80');
  expect([activeConn, inActConn, persistConn]).toEqual([2, 0, 1]);
});

test('a netmask joins the clients of a network', () => {
  const sim = simulation('-p 100 -M 255.255.255.0');
  expect([1, 2, 3].map((client) => serverOf(sim, 1, client))).toEqual(Array(3).fill('10.0.0.2:80'));
  expect(templates(sim)).toEqual(['TCP 01:40 ASSURED 192.0.2.0:0 10.0.0.100:80 10.0.0.2:80']);
});

test('each new connection renews the template', () => {
  const sim = simulation();
  serverOf(sim, 1);
  close(sim);
  sim.kernel.wheel.advanceTo(99_000);
  serverOf(sim, 2);
  close(sim);
  sim.kernel.wheel.advanceTo(198_000);
  expect(templates(sim)).toHaveLength(1);
  sim.kernel.wheel.advanceTo(199_000);
  expect(templates(sim)).toHaveLength(0);
});

test('a template stays in minutes while a connection of it is open', () => {
  const sim = simulation();
  const connection = connect(sim, 1);
  sim.kernel.wheel.advanceTo(130_000);
  expect(templates(sim)).toEqual(['TCP 00:30 ASSURED 192.0.2.1:0 10.0.0.100:80 10.0.0.2:80']);
  sim.kernel.connections.fromClient(connection, 'rst');
  sim.kernel.wheel.advanceTo(160_000);
  expect(templates(sim)).toEqual([]);
});

test('a client with a template goes on to a quiescent server, by default', () => {
  const sim = simulation();
  serverOf(sim, 1);
  execute(sim, '-e -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 0');
  expect(serverOf(sim, 2)).toBe('10.0.0.2:80');
});

test('with expire_quiescent_template it moves at its next connection, and the old template runs out', () => {
  const sim = simulation('-p 100', { expireQuiescentTemplate: 1 });
  serverOf(sim, 1);
  execute(sim, '-e -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 0');
  expect(serverOf(sim, 2)).toBe('10.0.0.1:80');
  expect(at(sim, service, '10.0.0.2:80').persistConn).toBe(1);
  close(sim);
  sim.kernel.wheel.advanceTo(160_000);
  expect(at(sim, service, '10.0.0.2:80').references).toBe(0);
});

test('the template of a mark is for every address and port that carries it', () => {
  const table = '-A -f 7 -s rr -p 60\n-a -f 7 -r 10.0.0.1:0 -m\n-a -f 7 -r 10.0.0.2:0 -m\n';
  const sim = createSimulatedIpvsadm({ seed: 1, startMs: 0, table });
  const to = (port: number) => ({ protocol: 'tcp', address: '10.9.9.9', port, mark: 7 }) as const;
  const [web, tls] = [connect(sim, 1, to(80)), connect(sim, 1, to(443))];
  expect([web.server.key, web.serverPort]).toEqual(['10.0.0.2:0', 80]);
  expect([tls.server.key, tls.serverPort]).toEqual(['10.0.0.2:0', 443]);
  expect(templates(sim)).toEqual(['IP 01:00 ASSURED 192.0.2.1:0 0.0.0.7:0 10.0.0.2:0']);
});
