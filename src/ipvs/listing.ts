import type { ServerKey, ServiceAddress, ServiceKey } from '../domain/address.ts';
import type {
  ConnectionCounts,
  ConnectionEntry,
  ForwardingMethod,
  Persistence,
  Timeouts,
  TunnelOptions,
} from '../domain/ipvs/ipvs.ts';

/**
 * The output of `ipvsadm` as data: one section for each listing. `parseListings` reads sections
 * from text, `formatSections` writes them, and the two are inverses of each other.
 */
export type Section =
  | SavedSection
  | TableSection
  | ConnectionsSection
  | TimeoutsSection
  | SyncDaemonSection;

/** The listings of the table that have a heading, one kind for each set of columns. */
export type TableSection =
  | Table<'plain', ServiceHeading, PlainServer>
  | Table<'thresholds', ServiceHeading, ThresholdsServer>
  | Table<'persistent-conn', ServiceHeading, PersistentConnServer>
  | Table<'tun-info', ServiceHeading, TunInfoServer>
  | Table<'stats', StatsHeading, StatsServer>
  | Table<'rate', RateHeading, RateServer>;

export interface Table<Kind extends string, Heading, Server> {
  readonly kind: Kind;
  /** The version line, which only a listing of the whole table has; `-t X` drops it. */
  readonly version?: VersionLine;
  /** The services, in no order to rely on. */
  readonly services: readonly (Heading & { readonly servers: readonly Server[] })[];
}

/** `IP Virtual Server version 1.2.1 (size=4096)` is `{ ipvs: '1.2.1', connectionTableSize: 4096 }`. */
export interface VersionLine {
  readonly ipvs: string;
  readonly connectionTableSize: number;
}

/**
 * The output of `ipvsadm -Sn`. That prints no heading, so an empty table is no section at all, and
 * two in a row are one.
 */
export interface SavedSection {
  readonly kind: 'saved';
  readonly services: readonly (ServiceHeading & { readonly servers: readonly SavedServer[] })[];
}

/** `TCP  10.0.1.100:443 sh (sh-fallback,sh-port) persistent 360 mask 255.255.255.0 pe sip`, or its `-A` line. */
export interface ServiceHeading extends ServiceName {
  readonly scheduler: string;
  readonly schedulerFlags: readonly string[];
  readonly persistence?: Persistence;
  /** The persistence engine: listings print it for persistent services only; `-Sn` always does. */
  readonly engine?: string;
  readonly onePacket: boolean;
}

/** The mark of `FWM  -1 IPv6` is 4294967295: listings print it as a signed number. */
export interface ServiceName {
  readonly key: ServiceKey;
  readonly address: ServiceAddress;
}

/** A real server as the listing spells its key; `splitServerKey` has address and port. */
export interface ListedServer {
  readonly key: ServerKey;
}

/** `-a -t 10.0.1.100:80 -r 10.0.2.11:8080 -m -w 90`: everything but the thresholds. */
export interface SavedServer extends ListedServer {
  readonly forwarding: ForwardingMethod;
  readonly weight: number;
  /** The options of a tunnel, from ipvsadm 1.31 on. */
  readonly tunnel?: TunnelOptions;
}

type LiveCounts = Pick<ConnectionCounts, 'activeConn' | 'inActConn'>;

/** `ipvsadm -Ln`. */
export interface PlainServer extends ListedServer, LiveCounts {
  readonly forwarding: ForwardingMethod;
  readonly weight: number;
}

/** `ipvsadm -Ln --thresholds`; 0 is no threshold. */
export interface ThresholdsServer extends ListedServer, LiveCounts {
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

/** `ipvsadm -Ln --persistent-conn`. */
export interface PersistentConnServer extends ListedServer, ConnectionCounts {
  readonly weight: number;
}

/** `ipvsadm -Ln --tun-info` (1.31): `ipip`, `gue:6080:-c`, `gre:+c`, and `n/a` for what is no tunnel. */
export interface TunInfoServer extends PlainServer {
  readonly tunnel?: TunnelOptions;
}

/** `ipvsadm -Ln --stats`, totals. Numbers from 100,000,000 up are rounded down unless `--exact` was there. */
export interface Stats {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

/** `ipvsadm -Ln --rate`, by the second, estimated over the last seconds; rounded like `Stats`. */
export interface Rates {
  readonly connectionsPerS: number;
  readonly inPacketsPerS: number;
  readonly outPacketsPerS: number;
  readonly inBytesPerS: number;
  readonly outBytesPerS: number;
}

export type StatsHeading = ServiceName & Stats;
export type StatsServer = ListedServer & Stats;
export type RateHeading = ServiceName & Rates;
export type RateServer = ListedServer & Rates;

/** `ipvsadm -Lnc`, with `--persistent-conn` also the data of the persistence engine. */
export interface ConnectionsSection {
  readonly kind: 'connections';
  readonly withEngineData: boolean;
  readonly entries: readonly ConnectionEntry[];
  /** Lines that are none of a connection as drain knows them: a drain that they may concern waits. */
  readonly unread?: readonly UnreadLine[] | undefined;
}

export interface UnreadLine {
  readonly line: string;
  /** The number of the line, counted from 1. */
  readonly lineNumber: number;
  readonly problem: string;
}

/** `ipvsadm -L --timeout`. */
export interface TimeoutsSection {
  readonly kind: 'timeouts';
  readonly timeouts: Timeouts;
}

/** A line of `ipvsadm -L --daemon`, which prints nothing without a daemon. */
export interface SyncDaemonSection {
  readonly kind: 'sync-daemon';
  readonly role: 'master' | 'backup';
  /** `mcast`: the interface. */
  readonly interface: string;
  readonly syncId: number;
  /** The maximal message length; absent before ipvsadm 1.29, like everything below. */
  readonly maxLength?: number;
  readonly group?: string;
  readonly port?: number;
  readonly ttl?: number;
}
