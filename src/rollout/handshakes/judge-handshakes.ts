import type { RealServer } from '../../domain/ipvs/ipvs.ts';
import type { TrafficTotals } from '../../domain/ipvs/measurement.ts';
import type { Handshakes } from './count-handshakes.ts';
import { recentS, type TrafficWindow } from './traffic-window.ts';

/** The evidence about a new server of one service, beside the others of that service. */
export interface HandshakeEvidence {
  readonly server: Pick<RealServer, 'forwarding' | 'address'>;
  readonly window: TrafficWindow;
  /** Handshakes of the same time as the window. */
  readonly own: Handshakes;
  readonly others: Handshakes;
}

/** The fewest new connections that say anything. */
export const fewestConnections = 5;
/** The fewest new connections where the others get none, so that there is less to compare with. */
const fewestAlone = 10;

/**
 * The share of a server's connections that must have failed: a server that works now and then is
 * not judged here.
 */
const failedShare = 0.9;
/** The share of failures at the others up to which the new server is the cause. */
const commonShare = 0.2;
/** Bytes of answer a connection that the others must have given. */
const leastAnswer = 50;

/** The most SYNs of one connection: tcp_syn_retries is 6, and most clients give up before. */
const mostSyns = 8;

/**
 * Tells whether the counters alone are a reason to read the connection table: nothing but
 * handshakes went to the server, or came from it.
 */
export function isSuspicious({
  server,
  window: { own },
}: Pick<HandshakeEvidence, 'server' | 'window'>): boolean {
  // A SYN has 20 bytes of options, and without an answer it is sent again and again.
  const mayBeSyns =
    own.inBytes <= own.inPackets * (bareHeader(server) + 20) &&
    own.inPackets <= mostSyns * own.connections;
  return mayBeSyns || (server.forwarding === 'masq' && payloadOut(server, own) <= 0);
}

/** The server's fault, as the rest of a sentence that begins with its name; or `undefined`. */
export function judgeHandshakes(evidence: HandshakeEvidence): string | undefined {
  return judgeUnanswered(evidence) ?? judgeUnserved(evidence);
}

/**
 * Finds SYNs without an answer (host down, packets dropped, or with direct routing a closed port):
 * SYN_RECV, and nothing else.
 */
function judgeUnanswered({ window, own, others }: HandshakeEvidence): string | undefined {
  const { unanswered } = own;
  const seen = unanswered + own.open + own.ended + own.reset;
  if (unanswered < fewestConnections || unanswered < failedShare * seen) return undefined;
  const compared =
    window.others.connections >= fewestConnections
      ? others.unanswered <= commonShare * window.others.connections
      : unanswered >= fewestAlone &&
        own.everAnswered === 0 &&
        others.everAnswered >= fewestConnections &&
        others.everUnanswered <= unanswered - failedShare * unanswered;
  if (!compared) return undefined;
  const beside =
    window.others.connections >= fewestConnections
      ? `others: ${others.unanswered} of ${window.others.connections}`
      : `others before: ${others.everUnanswered} of ${others.everAnswered + others.everUnanswered}`;
  return `${unanswered} of ${seen} new connections of the last ${recentS(window)} s got no answer to their SYN (${beside})`;
}

/**
 * Connections that ended without a byte of answer, although the others answer. Only with masquerading:
 * otherwise nothing that a server sends passes the director.
 */
function judgeUnserved({ server, window, own }: HandshakeEvidence): string | undefined {
  if (server.forwarding !== 'masq') return undefined;
  const { connections } = window.own;
  const over = own.ended + own.reset;
  const seen = over + own.open + own.unanswered;
  if (connections < fewestConnections || over < failedShare * seen || over === 0) return undefined;
  if (payloadOut(server, window.own) > 0) return undefined;
  const hasPeers = window.others.connections >= fewestConnections;
  const peers = hasPeers ? window.others : window.othersEver;
  if (!hasPeers && (connections < fewestAlone || peers.connections < fewestConnections)) {
    return undefined;
  }
  const answer = payloadOut(server, peers) / peers.connections;
  if (answer < leastAnswer) return undefined;
  const beside = `others: ${Math.round(answer)} bytes a connection`;
  const which = `${connections} of ${connections} new connections of the last ${recentS(window)} s`;
  // A SYN-ACK has options, a reset that refuses has none.
  if (window.own.outBytes <= window.own.outPackets * bareHeader(server)) {
    return window.own.outPackets >= failedShare * connections
      ? `${which} were refused (${beside})`
      : undefined;
  }
  return payloadIn(server, window.own) > 0
    ? `${which} were closed without an answer (${beside})`
    : undefined;
}

/** IP and TCP headers without options. */
const bareHeader = ({ address }: Pick<RealServer, 'address'>): number =>
  address.includes(':') ? 60 : 40;

/**
 * Bytes beyond the headers, estimated from below: 20 bytes of TCP options in each connection's first
 * packet and 12 in all others, as Linux has them. `{connections: 1, inPackets: 3, inBytes: 60 + 52 + 152}`
 * has 100.
 */
const payload = (header: number, connections: number, packets: number, bytes: number): number =>
  bytes - packets * (header + 12) - Math.min(connections, packets) * 8;

const payloadIn = (
  server: Pick<RealServer, 'address'>,
  { connections, inPackets, inBytes }: TrafficTotals,
): number => payload(bareHeader(server), connections, inPackets, inBytes);

const payloadOut = (
  server: Pick<RealServer, 'address'>,
  { connections, outPackets, outBytes }: TrafficTotals,
): number => payload(bareHeader(server), connections, outPackets, outBytes);
