import type { ServerKey, ServiceAddress, ServiceKey } from '../address.ts';

/**
 * ipvsadm(8): `-m` masquerading, `-g` gatewaying (direct routing), `-i` ipip encapsulation. `local` is
 * delivery to the director itself: set by netlink (kube-vip), listed by ipvsadm, which cannot set it.
 */
export type ForwardingMethod = 'masq' | 'route' | 'tunnel' | 'local';

/** A server that an edit of its weight would turn into one of direct routing. */
export const isLocalServer = ({ forwarding }: { readonly forwarding: ForwardingMethod }): boolean =>
  forwarding === 'local';

/** `--tun-type`, `--tun-port`, and `--tun-nocsum`/`--tun-csum`/`--tun-remcsum`; ipip has only the type. */
export interface TunnelOptions {
  readonly type: 'ipip' | 'gue' | 'gre';
  /** UDP port, gue only. */
  readonly port?: number;
  readonly checksum?: 'nocsum' | 'csum' | 'remcsum';
}

/** A real server of a service: everything that an edit has to repeat, and no counter. */
export interface RealServer {
  readonly key: ServerKey;
  readonly address: string;
  readonly port: number;
  readonly forwarding: ForwardingMethod;
  readonly tunnel?: TunnelOptions;
  readonly weight: number;
  /** `-x`: connections above which the kernel sends no new one; 0 is none. */
  readonly upperThreshold: number;
  /** `-y`: connections below which the kernel sends new ones again; 0 is none. */
  readonly lowerThreshold: number;
}

export interface Persistence {
  readonly timeoutS: number;
  /** The netmask as ipvsadm prints it: dotted (IPv4), a prefix length (IPv6), absent when whole. */
  readonly netmask?: string;
}

/** A virtual service with every attribute that `ipvsadm -E` resets when it is not repeated. */
export interface VirtualService {
  readonly key: ServiceKey;
  readonly address: ServiceAddress;
  readonly scheduler: string;
  /** `sh-fallback`, `mh-port`, `flag-1`, ...: `-b`. */
  readonly schedulerFlags: readonly string[];
  readonly persistence?: Persistence;
  /** Persistence engine, `--pe`: `sip`. */
  readonly engine?: string;
  /** `-o`, UDP one-packet scheduling. */
  readonly onePacket: boolean;
  /** Real servers in no order to rely on. */
  readonly servers: readonly RealServer[];
}

/** `ipvsadm -L --timeout`, in seconds. */
export interface Timeouts {
  readonly tcpS: number;
  readonly tcpFinS: number;
  readonly udpS: number;
}

/**
 * `ipvsadm -Ln --persistent-conn` for one real server. SYN_RECV and ESTABLISHED count as active,
 * every other state as inactive, persistence templates as neither.
 */
export interface ConnectionCounts {
  readonly activeConn: number;
  readonly inActConn: number;
  readonly persistConn: number;
}

export interface ServerSample extends ConnectionCounts {
  readonly weight: number;
}

/** A service's servers as one cheap listing shows them. */
export interface ServiceSample {
  readonly service: ServiceKey;
  readonly scheduler: string;
  readonly servers: ReadonlyMap<ServerKey, ServerSample>;
}

/** The table, or the part of it that was asked for. */
export interface Snapshot {
  readonly services: readonly VirtualService[];
  readonly samples: ReadonlyMap<ServiceKey, ServiceSample>;
  readonly timeouts: Timeouts;
  /** New connections a second of each service, rounded by the kernel's estimator; whole-table snapshots only. */
  readonly connectionsPerSecond?: ReadonlyMap<ServiceKey, number>;
}

/** An edit of the table. Weights are absolute; the server is whole because `-e` resets the rest. */
export type Change =
  | { readonly kind: 'set-weight'; readonly service: ServiceKey; readonly server: RealServer }
  | { readonly kind: 'add-server'; readonly service: ServiceKey; readonly server: RealServer }
  | { readonly kind: 'remove-server'; readonly service: ServiceKey; readonly server: RealServer }
  | { readonly kind: 'set-scheduler'; readonly service: VirtualService }
  /** Servers of it come with changes of their own; it goes with all that it still has. */
  | { readonly kind: 'add-service' | 'remove-service'; readonly service: VirtualService };

/** A change of a whole virtual service, and not of one of its servers. */
export type ServiceChange = Extract<Change, { readonly service: VirtualService }>;

export const isServiceChange = (change: Change): change is ServiceChange =>
  typeof change.service !== 'string';

export const serviceOf = (change: Change): ServiceKey =>
  typeof change.service === 'string' ? change.service : change.service.key;

/** A line of `ipvsadm -Lnc`. */
export interface ConnectionEntry {
  /** `TCP`, `UDP`, `SCTP`, or `IP` for a fwmark's persistence template. */
  readonly protocol: string;
  readonly expiresS: number;
  /** `ESTABLISHED`, `TIME_WAIT`, ...; `ASSURED` or `NONE` with source port 0 is a persistence template. */
  readonly state: string;
  readonly client: { readonly address: string; readonly port: number };
  readonly virtual: { readonly address: string; readonly port: number };
  readonly server: ServerKey;
  readonly engine?: { readonly name: string; readonly data: string };
}

/** `ipvsadm -Lnc`, with the timeouts in force when it was read. */
export interface ConnectionTable {
  readonly entries: readonly ConnectionEntry[];
  readonly timeouts: Timeouts;
}

/** The largest weight that every ipvsadm build and kernel accepts. */
export const maxWeight = 65_535;

export const findService = (
  snapshot: Pick<Snapshot, 'services'>,
  key: ServiceKey,
): VirtualService | undefined => findByKey(snapshot.services, key);

export const findServer = (
  service: Pick<VirtualService, 'servers'>,
  key: ServerKey,
): RealServer | undefined => findByKey(service.servers, key);

interface Keyed {
  readonly key: string;
}

/** Indexes of long lists that were searched before. A list is never changed, only listed anew. */
const indexes = new WeakMap<readonly Keyed[], ReadonlyMap<string, Keyed>>();
const shortList = 16;

/** Finds by an index in long lists: edits of 2,000 servers would take 4,000,000 comparisons. */
export function findByKey<One extends Keyed>(
  all: readonly One[],
  key: One['key'],
): One | undefined {
  if (all.length <= shortList) return all.find((one) => one.key === key);
  const index = indexes.get(all) ?? new Map(all.map((one) => [one.key, one]));
  indexes.set(all, index);
  return index.get(key) as One | undefined;
}

export const totalWeight = (servers: readonly Pick<RealServer, 'weight'>[]): number =>
  servers.reduce((sum, server) => sum + server.weight, 0);

/** An end of the kernel's connection synchronization (`ipvsadm -L --daemon`). */
export interface SyncDaemon {
  /** A master tells of its connections, a backup takes them into its own table. */
  readonly role: 'master' | 'backup';
  /** 0 to 255; 0 takes part in all. */
  readonly syncId: number;
}
