import type { ConnectionEntry, Timeouts } from '../domain/ipvs.ts';

/**
 * For how long a connection has been silent, in seconds: each packet winds its timer up to the
 * timeout of its state (ip_vs_proto_tcp.c, ip_vs_proto_udp.c), so what has run off is the silence.
 * `undefined` for states whose timeout cannot be told.
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
