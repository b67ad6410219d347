import type { TrafficTotals } from './measurement.ts';

/** Counters of a director's machine beside its table. A counter that cannot be read is absent. */
export interface HostCounters {
  /** /proc/net/ip_vs_stats: of the whole network namespace since ip_vs was loaded, whatever was removed since. */
  readonly traffic?: TrafficTotals;
  /** /proc/net/softnet_stat, all processors together: packets at the door of the network stack. */
  readonly softnet?: Softnet;
  /** Present where nf_conntrack is loaded. */
  readonly conntrack?: Conntrack;
  /** The settings under /proc/sys/net/ipv4/vs that drop on purpose, by name: `drop_entry`, `drop_packet`. */
  readonly sysctls: ReadonlyMap<string, number>;
  /** /proc/slabinfo, which only root may read: the memory of all connection entries of the machine. */
  readonly connectionSlab?: Slab;
}

export interface Softnet {
  readonly processed: number;
  /** Packets that came in when the queue of a processor was full. */
  readonly dropped: number;
  /** Times that the work was cut short with packets still waiting. */
  readonly timeSqueezed: number;
}

export interface Conntrack {
  readonly entries?: number;
  readonly maxEntries?: number;
  /** Packets dropped because there was no entry to be had. */
  readonly dropped?: number;
  readonly insertFailed?: number;
  /** Entries thrown out early to make room. */
  readonly earlyDropped?: number;
}

export interface Slab {
  readonly activeObjects: number;
  /** Objects, with those that are allocated and free. */
  readonly objects: number;
  readonly objectBytes: number;
}

export const noHostCounters: HostCounters = { sysctls: new Map() };
