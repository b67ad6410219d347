import type { ServerKey, ServiceAddress } from '../../domain/address.ts';
import type {
  ConnectionEntry,
  ConnectionTable,
  Timeouts,
  VirtualService,
} from '../../domain/ipvs/ipvs.ts';

/**
 * Connections that can still carry data, from the connection table: what keeps a server from being
 * removed although its counters call it inactive.
 */
export interface OpenConnections {
  readonly count: number;
  readonly byState: ReadonlyMap<string, number>;
  /**
   * Seconds since the latest of the server's finished connections ended, rounded up, if any is still
   * listed.
   */
  readonly lastEndedAgoS?: number;
  /** Seconds that the least silent connection has been silent, where that can be told of all. */
  readonly silentForS?: number;
  /**
   * Seconds before which the connections cannot all be gone: an entry of UDP stays until it
   * expires, whatever becomes of its client, and one of TCP may end at any moment.
   */
  readonly openForS: number;
  /** The few clients with the most connections, the busiest first. */
  readonly clients: readonly ClientCount[];
}

export interface ClientCount {
  readonly address: string;
  readonly connections: number;
}

/** The most clients that are named: enough to know whom to call. */
const mostClients = 5;

/**
 * TCP states in which both directions are over, with their timeouts in seconds (ip_vs_proto_tcp.c;
 * `ipvsadm --set` does not change these): TIME_WAIT after both FINs, CLOSE after a reset. In
 * CLOSE_WAIT and FIN_WAIT one side may still send; LAST_ACK is gone in 30 s.
 */
const finishedStates: ReadonlyMap<string, number> = new Map([
  ['TIME_WAIT', 120],
  ['CLOSE', 10],
]);

/** SCTP states after which no data can follow, with their timeouts (ip_vs_proto_sctp.c). */
const finishedSctpStates: ReadonlyMap<string, number> = new Map([
  ['CLOSED', 61],
  ['REJECTED', 4],
]);

/**
 * Tells whether removing the server now would cut this connection off. A persistence template is no
 * connection.
 */
export function canCarryData(entry: ConnectionEntry): boolean {
  if (entry.client.port === 0) return false;
  switch (entry.protocol) {
    case 'TCP':
      return !finishedStates.has(entry.state);
    case 'SCTP':
      return !finishedSctpStates.has(entry.state);
    default:
      return true;
  }
}

/**
 * Seconds from the end of a finished connection of TCP or SCTP to the reading of the table, rounded up:
 * what is left of a timeout is listed in whole seconds, rounded down.
 */
export function endedAgoS(entry: ConnectionEntry): number | undefined {
  const { protocol, state } = entry;
  const timeouts = { TCP: finishedStates, SCTP: finishedSctpStates }[protocol as 'TCP' | 'SCTP'];
  const timeoutS = timeouts?.get(state);
  return timeoutS === undefined ? undefined : Math.max(0, timeoutS - entry.expiresS);
}

/** The entries of one server of a service. */
export function* entriesOf(
  { entries }: ConnectionTable,
  service: VirtualService,
  server: ServerKey,
): Iterable<ConnectionEntry> {
  const keyOf = serverMatcher(service, [server]);
  for (const entry of entries) {
    if (matchesService(service.address, entry) && keyOf(entry.server) === server) yield entry;
  }
}

/** The open connections of each of these servers of one service. */
export function findOpenConnections(
  { entries, timeouts }: ConnectionTable,
  service: VirtualService,
  servers: readonly ServerKey[],
): ReadonlyMap<ServerKey, OpenConnections> {
  const found = new Map(servers.map((server) => [server, new OpenConnectionCount(timeouts)]));
  const keyOf = serverMatcher(service, servers);
  for (const entry of entries) {
    if (!matchesService(service.address, entry)) continue;
    const server = keyOf(entry.server);
    if (server) found.get(server)?.add(entry);
  }
  return new Map([...found].map(([server, count]) => [server, count.openConnections()]));
}

class OpenConnectionCount {
  private readonly timeouts: Timeouts;
  private count = 0;
  private readonly byState = new Map<string, number>();
  private readonly byClient = new Map<string, number>();
  private lastEndedAgoS: number | undefined;
  private openForS = 0;
  private silentForS: number | undefined = Number.POSITIVE_INFINITY;

  constructor(timeouts: Timeouts) {
    this.timeouts = timeouts;
  }

  add(entry: ConnectionEntry): void {
    if (canCarryData(entry)) {
      this.count++;
      if (entry.protocol === 'UDP') this.openForS = Math.max(this.openForS, entry.expiresS);
      increment(this.byState, entry.state);
      increment(this.byClient, entry.client.address);
      const silentS = idleS(entry, this.timeouts);
      this.silentForS = leastKnown(this.silentForS, silentS);
      return;
    }
    const agoS = endedAgoS(entry);
    if (agoS === undefined) return;
    this.lastEndedAgoS = Math.min(agoS, this.lastEndedAgoS ?? agoS);
  }

  openConnections(): OpenConnections {
    const { count, byState, byClient, lastEndedAgoS, openForS, silentForS } = this;
    return {
      count,
      openForS,
      byState,
      clients: busiest(byClient),
      ...(lastEndedAgoS === undefined ? {} : { lastEndedAgoS }),
      ...(count === 0 || silentForS === undefined ? {} : { silentForS }),
    };
  }
}

function increment(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** The smaller of two numbers, unknown as soon as one is. */
const leastKnown = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : Math.min(a, b);

const busiest = (byClient: ReadonlyMap<string, number>): readonly ClientCount[] =>
  [...byClient]
    .map(([address, connections]) => ({ address, connections }))
    .sort((a, b) => b.connections - a.connections)
    .slice(0, mostClients);

/** The same server seen by several directors: counts add up, the latest end is the latest anywhere. */
export function sumOpenConnections(all: readonly OpenConnections[]): OpenConnections {
  const byState = new Map<string, number>();
  const byClient = new Map<string, number>();
  for (const openConnections of all) {
    for (const [state, count] of openConnections.byState) increment(byState, state, count);
    for (const one of openConnections.clients) increment(byClient, one.address, one.connections);
  }
  const ends = all.flatMap((openConnections) => openConnections.lastEndedAgoS ?? []);
  const held = all.filter((openConnections) => openConnections.count > 0);
  const silences = held.flatMap((openConnections) => openConnections.silentForS ?? []);
  return {
    byState,
    count: all.reduce((sum, openConnections) => sum + openConnections.count, 0),
    openForS: Math.max(0, ...all.map((openConnections) => openConnections.openForS)),
    clients: busiest(byClient),
    ...(ends.length > 0 ? { lastEndedAgoS: Math.min(...ends) } : {}),
    ...(held.length > 0 && silences.length === held.length
      ? { silentForS: Math.min(...silences) }
      : {}),
  };
}

/**
 * Tells whether an entry may belong to a service, which the table does not say. A service on an
 * address is told by the virtual address (port 0: all ports); for a firewall mark every entry of
 * the server may be its own, and counting too many only makes the drain wait.
 */
export function matchesService(address: ServiceAddress, entry: ConnectionEntry): boolean {
  if (address.kind === 'fwmark') return true;
  return (
    entry.protocol === address.protocol.toUpperCase() &&
    entry.virtual.address === address.address &&
    (address.port === 0 || entry.virtual.port === address.port)
  );
}

/**
 * Matches an entry's server; a server with port 0 takes connections on every port of its address.
 */
export function serverMatcher(
  service: VirtualService,
  servers: readonly ServerKey[],
): (key: ServerKey) => ServerKey | undefined {
  const exact = new Set(servers);
  const anyPort = service.servers.filter((server) => server.port === 0 && exact.has(server.key));
  if (anyPort.length === 0) return (key) => (exact.has(key) ? key : undefined);
  return (key) => {
    if (exact.has(key)) return key;
    const address = key.slice(0, key.lastIndexOf(':') + 1);
    return anyPort.find((server) => server.key.startsWith(address))?.key;
  };
}

/**
 * Seconds for which a connection has been silent: each packet winds its timer up to the timeout of
 * its state (ip_vs_proto_tcp.c, ip_vs_proto_udp.c), so what has run off is the silence. `undefined`
 * for states whose timeout cannot be told.
 */
export function idleS(entry: ConnectionEntry, timeouts: Timeouts): number | undefined {
  const timeoutS = timeoutOf(entry, timeouts);
  return timeoutS === undefined ? undefined : Math.max(0, timeoutS - entry.expiresS);
}

function timeoutOf({ protocol, state }: ConnectionEntry, timeouts: Timeouts): number | undefined {
  if (protocol === 'UDP') return timeouts.udpS;
  if (protocol !== 'TCP') return undefined;
  switch (state) {
    case 'ESTABLISHED':
      return timeouts.tcpS;
    case 'FIN_WAIT':
      return timeouts.tcpFinS;
    case 'CLOSE_WAIT':
    case 'SYN_RECV':
      return 60;
    case 'LAST_ACK':
      return 30;
    default:
      return undefined;
  }
}
