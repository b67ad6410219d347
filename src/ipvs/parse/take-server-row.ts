import type { ServerKey } from '../../domain/address.ts';
import type { ForwardingMethod } from '../../domain/ipvs.ts';
import type {
  ListedServer,
  PersistentConnServer,
  PlainServer,
  ThresholdsServer,
  TunInfoServer,
} from '../listing.ts';
import { portStart } from './host-port.ts';
import type { LineCursor } from './line-cursor.ts';
import { notNumeric, type Problem } from './take-service.ts';
import { parseTunnelInfo } from './tunnel-info.ts';

const notANumber = 'expected a whole number in each column';
const notForwarding = 'expected Masq, Route or Tunnel';

/** `10.0.2.11:8080`: the next word. */
export function takeListedServer(cursor: LineCursor): ListedServer | Problem {
  const portAt = takeHostPort(cursor);
  return typeof portAt === 'string' ? portAt : { key: cursor.word() as ServerKey };
}

/** Moves to the next word, which has to be `ADDRESS:PORT`: where its port begins. */
export function takeHostPort(cursor: LineCursor): number | Problem {
  if (!cursor.nextWord()) return 'the address of the real server is missing';
  const { codes, start, end } = cursor;
  const portAt = portStart(codes, start, end);
  const port = portAt < 0 ? -1 : cursor.uintOf(portAt, end);
  return port < 0 || port > 65535 ? notNumeric(cursor.word()) : portAt;
}

/** `10.0.2.11:8080   Masq    90     7          5`: what follows `->` in `ipvsadm -Ln`. */
export function takePlainServer(cursor: LineCursor): PlainServer | Problem {
  const server = takeListedServer(cursor);
  if (typeof server === 'string') return server;
  const forwarding = takeForwarding(cursor);
  if (forwarding === undefined) return notForwarding;
  const weight = cursor.takeUint();
  const activeConn = cursor.takeUint();
  const inActConn = cursor.takeUint();
  if (weight < 0 || activeConn < 0 || inActConn < 0) return notANumber;
  const { key } = server;
  return { key, forwarding, weight, activeConn, inActConn };
}

/** `10.0.2.11:8080   Tunnel  gue:6080:-c   4      0          0`: `ipvsadm -Ln --tun-info`. */
export function takeTunInfoServer(cursor: LineCursor): TunInfoServer | Problem {
  const server = takeListedServer(cursor);
  if (typeof server === 'string') return server;
  const forwarding = takeForwarding(cursor);
  if (forwarding === undefined) return notForwarding;
  const info = cursor.takeWord();
  const tunnel = parseTunnelInfo(info);
  if (tunnel === undefined && info !== 'n/a') return 'unknown TunnelInfo';
  const weight = cursor.takeUint();
  const activeConn = cursor.takeUint();
  const inActConn = cursor.takeUint();
  if (weight < 0 || activeConn < 0 || inActConn < 0) return notANumber;
  const counts = { weight, activeConn, inActConn };
  return tunnel === undefined
    ? { ...server, forwarding, ...counts }
    : { ...server, forwarding, tunnel, ...counts };
}

/** `10.0.2.11:8080   2000       1500       7          5`: `ipvsadm -Ln --thresholds`. */
export function takeThresholdsServer(cursor: LineCursor): ThresholdsServer | Problem {
  const server = takeListedServer(cursor);
  if (typeof server === 'string') return server;
  const upperThreshold = cursor.takeUint();
  const lowerThreshold = cursor.takeUint();
  const activeConn = cursor.takeUint();
  const inActConn = cursor.takeUint();
  if (upperThreshold < 0 || lowerThreshold < 0 || activeConn < 0 || inActConn < 0) {
    return notANumber;
  }
  const { key } = server;
  return { key, upperThreshold, lowerThreshold, activeConn, inActConn };
}

/** `10.0.2.11:8080   90        0           7          5`: `ipvsadm -Ln --persistent-conn`. */
export function takePersistentConnServer(cursor: LineCursor): PersistentConnServer | Problem {
  const server = takeListedServer(cursor);
  if (typeof server === 'string') return server;
  const weight = cursor.takeUint();
  const persistConn = cursor.takeUint();
  const activeConn = cursor.takeUint();
  const inActConn = cursor.takeUint();
  if (weight < 0 || persistConn < 0 || activeConn < 0 || inActConn < 0) return notANumber;
  const { key } = server;
  return { key, weight, persistConn, activeConn, inActConn };
}

function takeForwarding(cursor: LineCursor): ForwardingMethod | undefined {
  if (!cursor.nextWord()) return undefined;
  if (cursor.is('Masq')) return 'masq';
  if (cursor.is('Route')) return 'route';
  return cursor.is('Tunnel') ? 'tunnel' : undefined;
}
