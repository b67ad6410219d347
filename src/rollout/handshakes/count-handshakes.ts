import type { ServerKey } from '../../domain/address.ts';
import type { ConnectionEntry, ConnectionTable, VirtualService } from '../../domain/ipvs/ipvs.ts';
import { endedAgoS, idleS, matchesService, serverMatcher } from '../observe/open-connections.ts';

/** The TCP connections of a server by how far they have come, from the connection table. */
export interface Handshakes {
  /** SYN_RECV for more than a second: the SYN got no answer, or none that passes the director. */
  readonly unanswered: number;
  /** ESTABLISHED, with a packet not long ago. */
  readonly open: number;
  /** Established and ended, or ending, not long ago. */
  readonly ended: number;
  /** Reset not long ago, established or not. */
  readonly reset: number;
  /** SYNs without an answer, as long as the table remembers them: up to 60 s. */
  readonly everUnanswered: number;
  /** Connections that were established, open ones and those that ended up to two minutes ago. */
  readonly everAnswered: number;
}

export const noHandshakes: Handshakes = {
  unanswered: 0,
  open: 0,
  ended: 0,
  reset: 0,
  everUnanswered: 0,
  everAnswered: 0,
};

/** Timers are cut to whole seconds: a SYN of this moment shows as one of a second ago. */
const leastUnansweredS = 2;

/**
 * Counts the handshakes of each server in one pass; `recentS` is how long ago "not long ago" is.
 */
export function countHandshakes(
  { entries, timeouts }: ConnectionTable,
  service: VirtualService,
  recentS: number,
): ReadonlyMap<ServerKey, Handshakes> {
  const keyOf = serverMatcher(
    service,
    service.servers.map((server) => server.key),
  );
  const counts = new Map<ServerKey, { -readonly [Name in keyof Handshakes]: number }>();
  const countsOf = (key: ServerKey) => {
    const known = counts.get(key) ?? { ...noHandshakes };
    counts.set(key, known);
    return known;
  };
  for (const entry of entries) {
    const isConnection = entry.protocol === 'TCP' && entry.client.port !== 0;
    if (!isConnection || !matchesService(service.address, entry)) continue;
    const key = keyOf(entry.server);
    if (key === undefined) continue;
    const count = countsOf(key);
    const silentS = endedAgoS(entry) ?? idleS(entry, timeouts);
    const isRecent = silentS !== undefined && silentS <= recentS;
    const standing = standingOf(entry);
    if (standing === 'unanswered') {
      if (silentS === undefined || silentS < leastUnansweredS) continue;
      count.everUnanswered++;
    } else if (standing === 'open' || standing === 'ended') {
      count.everAnswered++;
    }
    if (standing && isRecent) count[standing]++;
  }
  return counts;
}

function standingOf({
  state,
}: ConnectionEntry): 'unanswered' | 'open' | 'ended' | 'reset' | undefined {
  switch (state) {
    case 'SYN_RECV':
      return 'unanswered';
    case 'ESTABLISHED':
      return 'open';
    case 'FIN_WAIT':
    case 'CLOSE_WAIT':
    case 'LAST_ACK':
    case 'TIME_WAIT':
      return 'ended';
    case 'CLOSE':
      return 'reset';
    default:
      return undefined;
  }
}

export const sumHandshakes = (all: readonly Handshakes[]): Handshakes =>
  all.reduce(
    (sum, one) => ({
      unanswered: sum.unanswered + one.unanswered,
      open: sum.open + one.open,
      ended: sum.ended + one.ended,
      reset: sum.reset + one.reset,
      everUnanswered: sum.everUnanswered + one.everUnanswered,
      everAnswered: sum.everAnswered + one.everAnswered,
    }),
    noHandshakes,
  );
