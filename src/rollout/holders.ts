import type { ServerKey, ServiceAddress } from '../domain/address.ts';
import type { ConnectionEntry, VirtualService } from '../domain/ipvs.ts';

/**
 * Connections that can still carry data, from the connection table: what keeps a server from being
 * removed although its counters call it inactive.
 */
export interface Holders {
  readonly count: number;
  readonly byState: ReadonlyMap<string, number>;
  /** How long ago the latest of the server's finished connections ended, if any is still listed. */
  readonly lastEndedAgoS?: number;
}

/**
 * TCP states in which both directions are over, with their timeouts in seconds (ip_vs_proto_tcp.c;
 * `ipvsadm --set` does not change these): TIME_WAIT after both FINs, CLOSE after a reset. In
 * CLOSE_WAIT and FIN_WAIT one side may still send; LAST_ACK is gone in 30 s.
 */
const finishedStates: ReadonlyMap<string, number> = new Map([
  ['TIME_WAIT', 120],
  ['CLOSE', 10],
]);

/** SCTP states after which no data can follow (ip_vs_proto_sctp.c). */
const finishedSctpStates: ReadonlySet<string> = new Set(['CLOSED', 'REJECTED']);

/** Whether removing the server now would cut this connection off. A persistence template is no connection. */
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

/** What the connection table says of each of these servers of one service. */
export function findHolders(
  entries: readonly ConnectionEntry[],
  service: VirtualService,
  servers: readonly ServerKey[],
): ReadonlyMap<ServerKey, Holders> {
  const found = new Map(servers.map((server) => [server, new HolderCount()]));
  const keyOf = serverMatcher(service, servers);
  for (const entry of entries) {
    if (!matchesService(service.address, entry)) continue;
    const server = keyOf(entry.server);
    if (server) found.get(server)?.add(entry);
  }
  return found;
}

class HolderCount implements Holders {
  count = 0;
  readonly byState = new Map<string, number>();
  lastEndedAgoS?: number;

  add(entry: ConnectionEntry): void {
    if (canCarryData(entry)) {
      this.count++;
      this.byState.set(entry.state, (this.byState.get(entry.state) ?? 0) + 1);
      return;
    }
    const timeoutS = entry.protocol === 'TCP' ? finishedStates.get(entry.state) : undefined;
    if (timeoutS === undefined) return;
    const agoS = Math.max(0, timeoutS - entry.expiresS);
    this.lastEndedAgoS = Math.min(agoS, this.lastEndedAgoS ?? agoS);
  }
}

/** The same server seen by several directors: counts add up, the latest end is the latest anywhere. */
export function sumHolders(all: readonly Holders[]): Holders {
  const byState = new Map<string, number>();
  for (const { byState: states } of all) {
    for (const [state, count] of states) byState.set(state, (byState.get(state) ?? 0) + count);
  }
  const ends = all.flatMap((holders) => holders.lastEndedAgoS ?? []);
  return {
    byState,
    count: all.reduce((sum, holders) => sum + holders.count, 0),
    ...(ends.length > 0 ? { lastEndedAgoS: Math.min(...ends) } : {}),
  };
}

/**
 * The table does not say which service an entry belongs to. A service on an address is told by the
 * virtual address (port 0: all ports); for a firewall mark every entry of the server may be its own,
 * and counting too many only makes the drain wait.
 */
function matchesService(address: ServiceAddress, entry: ConnectionEntry): boolean {
  if (address.kind === 'fwmark') return true;
  return (
    entry.protocol === address.protocol.toUpperCase() &&
    entry.virtual.address === address.address &&
    (address.port === 0 || entry.virtual.port === address.port)
  );
}

/** A server with port 0 takes connections on every port of its address. */
function serverMatcher(
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
