import { firstClient } from '../../src/ipvs/simulated/connections/client-address.ts';
import type { Connection } from '../../src/ipvs/simulated/connections/connection.ts';
import type { Simulation } from '../../src/ipvs/simulated/simulated-director.ts';
import type { PacketTarget } from '../../src/ipvs/simulated/table/kernel-table.ts';

/** Clients that open TCP connections one after another, each from a port of its own, as the lab's do. */
export interface SimulatedClients {
  /** `count` whole connections, closed by the server: the addresses of the servers, `!ECONNREFUSED` for none. */
  sequence(port: number, count: number): readonly string[];
  /** One that stays open. */
  hold(port: number): string;
  /**
   * The oldest that stays open, as its place among those, and whose server is in the table. What the
   * client of another one sends is lost, and repeated at times that no test can rely on.
   */
  releasable(): number | undefined;
  /** Closes the one at that place. */
  release(place: number): void;
}

export function simulatedClients(
  { kernel: { connections } }: Simulation,
  address: string,
): SimulatedClients {
  const held: (Connection | undefined)[] = [];
  let clientPort = 10_000;

  const open = (port: number): Connection | undefined => {
    const to: PacketTarget = { protocol: 'tcp', address, port };
    const arrival = connections.arrive(to, firstClient, ++clientPort);
    if (arrival.kind !== 'scheduled') return undefined;
    connections.fromServer(arrival.connection, 'syn');
    connections.fromClient(arrival.connection, 'ack');
    return arrival.connection;
  };
  const nameOf = (connection?: Connection) => connection?.server.address ?? '!ECONNREFUSED';

  return {
    sequence(port, count) {
      return Array.from({ length: count }, () => {
        const connection = open(port);
        if (connection) {
          connections.fromServer(connection, 'fin');
          connections.fromClient(connection, 'fin');
        }
        return nameOf(connection);
      });
    },
    hold(port) {
      const connection = open(port);
      held.push(connection);
      return nameOf(connection);
    },
    releasable() {
      const place = held.findIndex((connection) => connection?.server.available);
      return place < 0 ? undefined : place;
    },
    release(place) {
      const [connection] = held.splice(place, 1);
      if (!connection) return;
      connections.fromClient(connection, 'fin');
      connections.fromServer(connection, 'fin');
    },
  };
}
