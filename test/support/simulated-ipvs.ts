import type { Connection } from '../../src/ipvs/simulated/connections/connection.ts';
import type { Simulation } from '../../src/ipvs/simulated/simulated-director.ts';
import type { KernelServer } from '../../src/ipvs/simulated/table/kernel-server.ts';
import type { PacketTarget } from '../../src/ipvs/simulated/table/kernel-table.ts';

/** tcp/10.0.0.100:80 */
export const target: PacketTarget = { protocol: 'tcp', address: '10.0.0.100', port: 80 };

/** Runs one line of ipvsadm that must be accepted without a word. */
export function execute(sim: Simulation, line: string): string {
  const result = sim.ipvsadm(line.split(' '));
  if (result.kind !== 'exited' || result.stderr !== '') {
    throw new Error(`ipvsadm ${line}: ${JSON.stringify(result)}`);
  }
  return result.stdout;
}

/** A whole TCP handshake of client 192.0.2.CLIENT. */
export function connect(
  sim: Simulation,
  port: number,
  to: PacketTarget = target,
  client = 1,
): Connection {
  const { connections } = sim.kernel;
  const arrival = connections.arrive(to, 0xc0000200 + client, port);
  if (arrival.kind !== 'scheduled' && arrival.kind !== 'known') {
    throw new Error(`not connected: ${JSON.stringify(arrival)}`);
  }
  connections.fromServer(arrival.connection, 'syn');
  connections.fromClient(arrival.connection, 'ack');
  return arrival.connection;
}

export function at(sim: Simulation, service: string, server: string): KernelServer {
  const found = sim.kernel.table.services.find(({ key }) => key === service);
  const listed = found?.servers.find(({ key }) => key === server);
  if (!listed) throw new Error(`${server} is not in ${service}`);
  return listed;
}
