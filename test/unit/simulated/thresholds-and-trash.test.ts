import { expect, test } from 'vitest';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import { at, connect, execute, target } from '../../support/simulated-ipvs.ts';

const service = '-t 10.0.0.100:80';

function simulation(server: string) {
  const table = `-A ${service} -s rr\n-a ${service} -r 10.0.0.1:80 -m ${server}\n`;
  return createSimulatedIpvsadm({ seed: 1, startMs: 0, table });
}

const counts = (sim: ReturnType<typeof simulation>) => {
  const server = at(sim, 'tcp/10.0.0.100:80', '10.0.0.1:80');
  return [server.activeConn, server.inActConn, server.overloaded];
};

const fourConnections = (sim: ReturnType<typeof simulation>) =>
  [connect(sim, 1), connect(sim, 2), connect(sim, 3), connect(sim, 4)] as const;

test('at the upper threshold no new connection comes, below 3/4 of it they come again', () => {
  const sim = simulation('-w 1 -x 4');
  const [first, second] = fourConnections(sim);
  expect(counts(sim)).toEqual([4, 0, true]);
  expect(sim.kernel.connections.arrive(target, 1, 5).kind).toBe('refused');
  sim.kernel.connections.fromClient(first, 'rst');
  sim.kernel.wheel.advanceTo(10_000);
  expect(counts(sim)).toEqual([3, 0, true]);
  sim.kernel.connections.fromClient(second, 'rst');
  sim.kernel.wheel.advanceTo(20_000);
  expect(counts(sim)).toEqual([2, 0, false]);
});

test('with a lower threshold they come again only below that', () => {
  const sim = simulation('-w 1 -x 4 -y 2');
  const [first, second, third] = fourConnections(sim);
  for (const connection of [first, second]) {
    sim.kernel.connections.fromClient(connection, 'rst');
  }
  sim.kernel.wheel.advanceTo(10_000);
  expect(counts(sim)).toEqual([2, 0, true]);
  sim.kernel.connections.fromClient(third, 'rst');
  sim.kernel.wheel.advanceTo(20_000);
  expect(counts(sim)).toEqual([1, 0, false]);
});

test('an edit with a higher threshold, or none, ends the overload at once', () => {
  const sim = simulation('-w 1 -x 1');
  connect(sim, 1);
  expect(counts(sim)).toEqual([1, 0, true]);
  execute(sim, `-e ${service} -r 10.0.0.1:80 -m -w 1 -x 1`);
  expect(counts(sim)).toEqual([1, 0, true]);
  execute(sim, `-e ${service} -r 10.0.0.1:80 -m -w 1 -x 2`);
  expect(counts(sim)).toEqual([1, 0, false]);
});

test('a removed server that is added again has its connections, even 100 s later', () => {
  const sim = simulation('-w 1');
  const connection = connect(sim, 1);
  execute(sim, `-d ${service} -r 10.0.0.1:80`);
  expect(sim.kernel.connections.fromClient(connection, 'ack')).toBe('dropped');
  sim.kernel.wheel.advanceTo(100_000);
  execute(sim, `-a ${service} -r 10.0.0.1:80 -m -w 1`);
  expect(counts(sim)).toEqual([1, 0, false]);
  expect(sim.kernel.connections.fromClient(connection, 'ack')).toBe('delivered');
});

test('so does one of a service that was deleted and made anew', () => {
  const sim = simulation('-w 1');
  connect(sim, 1);
  execute(sim, '-C');
  execute(sim, `-A ${service} -s rr`);
  execute(sim, `-a ${service} -r 10.0.0.1:80 -m -w 1`);
  expect(counts(sim)).toEqual([1, 0, false]);
});

test('two to three minutes after its last connection a removed server is forgotten', () => {
  const sim = simulation('-w 1');
  connect(sim, 1);
  sim.kernel.wheel.advanceTo(2_000);
  expect(execute(sim, `-Ln ${service} --stats`)).toMatch(/10\.0\.0\.1:80 +1 /);
  execute(sim, `-d ${service} -r 10.0.0.1:80`);
  sim.kernel.wheel.advanceTo(900_000 + 240_000);
  execute(sim, `-a ${service} -r 10.0.0.1:80 -m -w 1`);
  expect(execute(sim, `-Ln ${service} --stats`)).toMatch(/10\.0\.0\.1:80 +0 /);
});
