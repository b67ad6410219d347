import type { ServerKey, ServiceAddress, ServiceKey } from '../address.ts';
import type { ConnectionCounts, ForwardingMethod, Persistence } from './ipvs.ts';

/** The whole table at one moment with everything that the kernel counts in it, for those who watch. */
export interface TableMeasurement {
  /** `1.2.1`. */
  readonly ipvsVersion: string;
  /** Buckets of the connection table's hash, not connections: it takes more than that, only slower. */
  readonly connectionTableSize: number;
  readonly services: readonly ServiceMeasurement[];
}

export interface ServiceMeasurement {
  readonly key: ServiceKey;
  readonly address: ServiceAddress;
  readonly scheduler: string;
  readonly schedulerFlags: readonly string[];
  readonly persistence?: Persistence;
  readonly onePacket: boolean;
  /** Totals since the service was added, with servers that have been removed since. */
  readonly totals: TrafficTotals;
  readonly rates: TrafficRates;
  /** Real servers in no order to rely on. */
  readonly servers: readonly ServerMeasurement[];
}

export interface ServerMeasurement extends ConnectionCounts {
  readonly key: ServerKey;
  readonly address: string;
  readonly port: number;
  readonly forwarding: ForwardingMethod;
  readonly weight: number;
  /** The upper threshold of connections; 0 is none. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  /** Totals since the server was added. */
  readonly totals: TrafficTotals;
  readonly rates: TrafficRates;
}

/** `ipvsadm -Ln --stats`. Bytes count from the IP header on; what goes past the director is in none. */
export interface TrafficTotals {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

/** `ipvsadm -Ln --rate`, by the second: the kernel's estimate, which follows within some seconds. */
export interface TrafficRates {
  readonly connectionsPerS: number;
  readonly inPacketsPerS: number;
  readonly outPacketsPerS: number;
  readonly inBytesPerS: number;
  readonly outBytesPerS: number;
}
