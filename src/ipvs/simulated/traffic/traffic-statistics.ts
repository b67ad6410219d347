import type { ServerKey, ServiceKey } from '../../../domain/address.ts';

/** The counts of what the clients of the traffic model have met so far. */
export interface TrafficStatistics {
  /** New connections that reached a server, by service. */
  readonly delivered: ReadonlyMap<ServiceKey, ReadonlyMap<ServerKey, number>>;
  /** New connections that no server could take, or that found no service. */
  readonly refused: number;
  /** New connections of services whose scheduler is not modelled: nobody can say where they go. */
  readonly notModelled: number;
  /** Open connections that the director had forgotten when the client went on. */
  readonly reset: number;
  /** Connections, open or new, whose packets vanished because their server had been removed. */
  readonly hung: number;
  /** New connections that reached a server with a fault. */
  readonly unserved: number;
}

export class StatisticsRecorder implements TrafficStatistics {
  readonly delivered = new Map<ServiceKey, Map<ServerKey, number>>();
  refused = 0;
  notModelled = 0;
  reset = 0;
  hung = 0;
  unserved = 0;

  countDelivery(service: ServiceKey, server: ServerKey): void {
    let byServer = this.delivered.get(service);
    if (!byServer) {
      byServer = new Map();
      this.delivered.set(service, byServer);
    }
    byServer.set(server, (byServer.get(server) ?? 0) + 1);
  }
}
