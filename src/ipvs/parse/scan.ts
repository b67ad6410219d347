import { canonicalAddress } from '../../domain/address.ts';
import type { ForwardingMethod, TunnelOptions } from '../../domain/ipvs/ipvs.ts';
import { parseTunnelInfo } from './tunnel-info.ts';

/** Character codes of a text. Reading these is several times faster than `charCodeAt`. */
export type Codes = Uint8Array | Uint16Array;

export const newline = 10;
const dot = 46;
const zero = 48;
const colon = 58;
const openBracket = 91;
const closeBracket = 93;

/** The blanks by code: blank, tab, carriage return. Other control characters spoil their word. */
const blanks = new Uint8Array(256);
for (const blank of ' \t\r') blanks[blank.charCodeAt(0)] = 1;
/** The codes that end a word. */
const ends = Uint8Array.from(blanks);
ends[newline] = 1;

export const isBlank = (code: number | undefined): boolean => blanks[code ?? 0] === 1;
export const isEnd = (code: number | undefined): boolean => ends[code ?? 0] === 1;

/** `text.startsWith(part, at)`, without the cost of the call. */
export function standsAt(codes: Codes, at: number, part: string): boolean {
  for (let offset = 0; offset < part.length; offset++) {
    if (codes[at + offset] !== part.charCodeAt(offset)) return false;
  }
  return true;
}

/** The kind of a column. */
export type Column = 'place' | 'forwarding' | 'tunnel' | 'uint' | 'counter';

/** The columns that were read last: one object for all lines, most of which become a row. */
export interface Scanned {
  /** The index where `ADDRESS:PORT` begins. */
  start: number;
  portStart: number;
  end: number;
  port: number;
  forwarding: ForwardingMethod;
  tunnel: TunnelOptions | undefined;
  /**
   * The numbers of a row. Not a typed array: a number from one is never a small integer, and takes
   * 16 bytes more in each row.
   */
  readonly numbers: number[];
}

/** `10.0.2.11:8080` or `[fd00:2::11]:8080`: the index behind it, or -1. */
function scanPlace(codes: Codes, start: number, scanned: Scanned): number {
  let at = codes[start] === openBracket ? scanIPv6(codes, start) : scanIPv4(codes, start);
  if (at < 0 || codes[at] !== colon) return -1;
  const portStart = ++at;
  let port = 0;
  let digit = (codes[at] ?? 0) - zero;
  while (digit >= 0 && digit <= 9) {
    port = port * 10 + digit;
    digit = (codes[++at] ?? 0) - zero;
  }
  if (at === portStart || at - portStart > 5 || port > 65_535) return -1;
  scanned.start = start;
  scanned.portStart = portStart;
  scanned.end = at;
  scanned.port = port;
  return at;
}

/** Four numbers of 0...255 and three dots. */
function scanIPv4(codes: Codes, start: number): number {
  let at = start;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && codes[at++] !== dot) return -1;
    const from = at;
    let value = 0;
    let digit = (codes[at] ?? 0) - zero;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digit = (codes[++at] ?? 0) - zero;
    }
    if (at === from || at - from > 3 || value > 255) return -1;
  }
  return at;
}

/** `[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]`. */
const longestBracketed = 47;

function scanIPv6(codes: Codes, start: number): number {
  const last = start + longestBracketed - 1;
  let at = start + 1;
  while (at < last && codes[at] !== closeBracket) at++;
  if (codes[at] !== closeBracket) return -1;
  const address = String.fromCharCode(...codes.subarray(start + 1, at));
  return canonicalAddress(address) === undefined ? -1 : at + 1;
}

/** A whole number in 0...4294967295. */
function scanUint(codes: Codes, start: number, numbers: number[], slot: number): number {
  let at = start;
  let value = 0;
  let digit = (codes[at] ?? 0) - zero;
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit;
    digit = (codes[++at] ?? 0) - zero;
  }
  if (at === start || at - start > 10 || value > 0xffffffff) return -1;
  numbers[slot] = value;
  return at;
}

/**
 * A number of `--stats` or `--rate`. Both print thousands as K from 100,000,000 up unless `--exact` is
 * there: `217401K` is 217,401,000. The kernel counts in 64 bits; above 2^53 (9,007 TB) the last digits
 * are lost.
 */
function scanCounter(codes: Codes, start: number, numbers: number[], slot: number): number {
  let at = start;
  let value = 0;
  let digit = (codes[at] ?? 0) - zero;
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit;
    digit = (codes[++at] ?? 0) - zero;
  }
  if (at === start || at - start > 20) return -1;
  const unit = isEnd(codes[at]) ? undefined : units.get(codes[at] ?? 0);
  numbers[slot] = unit === undefined ? value : value * unit;
  return unit === undefined ? at : at + 1;
}

const units: ReadonlyMap<number, number> = new Map([
  ['K'.charCodeAt(0), 1e3],
  ['M'.charCodeAt(0), 1e6],
  ['G'.charCodeAt(0), 1e9],
  ['T'.charCodeAt(0), 1e12],
]);

function scanForwarding(codes: Codes, start: number, scanned: Scanned): number {
  for (const { word, method } of methods) {
    if (!standsAt(codes, start, word)) continue;
    scanned.forwarding = method;
    return start + word.length;
  }
  return -1;
}

const methods = [
  { word: 'Masq', method: 'masq' },
  { word: 'Route', method: 'route' },
  { word: 'Tunnel', method: 'tunnel' },
  { word: 'Local', method: 'local' },
] as const;

/** `gue:65535:r+c` has 13 characters; of a longer word so much is enough to be none. */
const longestTunnel = 14;

/** `gue:6080:-c`, and `n/a` for a server that is no tunnel. */
function scanTunnel(codes: Codes, start: number, scanned: Scanned): number {
  let at = start;
  while (at < codes.length - 1 && !isEnd(codes[at])) at++;
  const word = String.fromCharCode(...codes.subarray(start, Math.min(at, start + longestTunnel)));
  scanned.tunnel = parseTunnelInfo(word);
  return scanned.tunnel === undefined && word !== 'n/a' ? -1 : at;
}

/**
 * Reads a row as its columns say, in one pass that makes nothing: the index behind the last one. Where
 * a column holds something else, the negative of its index, less one: -1 is the first.
 */
export function scanColumns(
  codes: Codes,
  start: number,
  columns: readonly Column[],
  scanned: Scanned,
): number {
  let at = start;
  let slot = 0;
  const { numbers } = scanned;
  for (let index = 0; index < columns.length; index++) {
    while (isBlank(codes[at])) at++;
    switch (columns[index]) {
      case 'place':
        at = scanPlace(codes, at, scanned);
        break;
      case 'forwarding':
        at = scanForwarding(codes, at, scanned);
        break;
      case 'tunnel':
        at = scanTunnel(codes, at, scanned);
        break;
      case 'uint':
        at = scanUint(codes, at, numbers, slot++);
        break;
      case 'counter':
        at = scanCounter(codes, at, numbers, slot++);
        break;
    }
    if (at < 0 || !isEnd(codes[at])) return -1 - index;
  }
  return at;
}
