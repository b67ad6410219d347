import type { Protocol, ServiceAddress, ServiceKey } from '../../domain/address.ts';
import type { ServiceName } from '../listing.ts';
import { addressOf, portStart } from './host-port.ts';
import type { LineCursor } from './line-cursor.ts';

/** What a line could not be read as: the text of what is wrong with it. */
export type Problem = string;

const listedProtocols: ReadonlyMap<string, Protocol> = new Map([
  ['TCP', 'tcp'],
  ['UDP', 'udp'],
  ['SCTP', 'sctp'],
]);

const savedProtocols: ReadonlyMap<string, Protocol> = new Map([
  ['-t', 'tcp'],
  ['-u', 'udp'],
  ['--sctp-service', 'sctp'],
]);

/** `TCP  10.0.1.100:80`, `FWM  7`, `FWM  -1 IPv6`: the cursor is on the first of these words. */
export function takeListedService(cursor: LineCursor): ServiceName | Problem {
  const kind = cursor.word();
  if (kind === 'FWM') return takeFwmark(cursor, 'IPv6');
  return takeAddress(cursor, listedProtocols.get(kind));
}

/** `-t 10.0.1.100:80`, `-f 7`, `-f -1 -6`: the cursor is on the first of these words. */
export function takeSavedService(cursor: LineCursor): ServiceName | Problem {
  const kind = cursor.word();
  if (kind === '-f') return takeFwmark(cursor, '-6');
  return takeAddress(cursor, savedProtocols.get(kind));
}

function takeAddress(cursor: LineCursor, protocol: Protocol | undefined): ServiceName | Problem {
  if (protocol === undefined) return 'expected a virtual service (TCP, UDP, SCTP or FWM)';
  if (!cursor.nextWord()) return 'the address of the virtual service is missing';
  const { text, codes, start, end } = cursor;
  const portAt = portStart(codes, start, end);
  if (portAt < 0) return notNumeric(cursor.word());
  const port = cursor.uintOf(portAt, end);
  if (port < 0 || port > 65535) return notNumeric(cursor.word());
  const key = `${protocol}/${cursor.word()}` as ServiceKey;
  const address = addressOf(text, start, portAt);
  return { key, address: { kind: 'address', protocol, address, port } };
}

/** ipvsadm prints the mark with %d, so one of 2^31 or more comes out negative: -1 is 4294967295. */
function takeFwmark(cursor: LineCursor, ipv6Word: string): ServiceName | Problem {
  const word = cursor.takeWord();
  const mark = /^(?:-\d{1,10}|\d{1,10})$/.test(word) ? Number(word) : 0;
  if (mark === 0 || mark < -(2 ** 31) || mark >= 2 ** 32) return 'the firewall mark is no number';
  const unsigned = mark < 0 ? mark + 2 ** 32 : mark;
  const beforeFamily = cursor.end;
  const family = cursor.takeWord() === ipv6Word ? 6 : 4;
  if (family === 4) cursor.end = beforeFamily;
  const address: ServiceAddress = { kind: 'fwmark', mark: unsigned, family };
  return { key: `${family === 6 ? 'fwm6' : 'fwm'}/${unsigned}` as ServiceKey, address };
}

/** The usual reason for a word that is no `ADDRESS:PORT`: `-n` was forgotten, and it is `web1:http`. */
export function notNumeric(word: string): Problem {
  if (/^[\w.-]+:[\w.-]+$/.test(word) || /^\[[0-9a-f:.]+\]:[\w.-]+$/i.test(word)) {
    return 'expected a numeric ADDRESS:PORT: the listing was made without -n';
  }
  return 'expected ADDRESS:PORT';
}
