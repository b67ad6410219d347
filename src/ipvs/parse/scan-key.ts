import { isIPv6 } from './host-port.ts';
import type { Codes } from './line-cursor.ts';

/** Where `ADDRESS:PORT` stands. */
export interface ScannedKey {
  keyStart: number;
  keyEnd: number;
}

const dot = 46;
const zero = 48;
const colon = 58;
const openBracket = 91;
const closeBracket = 93;

/** `10.0.2.11:8080` or `[fd00:2::11]:8080` from `start` on: the index behind it, or -1 when it is none. */
export function scanKey(codes: Codes, start: number, key: ScannedKey): number {
  const bracket = codes[start] === openBracket ? 1 : 0;
  const colonAt = bracket === 1 ? scanIPv6(codes, start) : scanIPv4(codes, start);
  if (colonAt < 0 || codes[colonAt] !== colon) return -1;
  let at = colonAt + 1;
  let port = 0;
  let digit = (codes[at] ?? 0) - zero;
  while (digit >= 0 && digit <= 9) {
    port = port * 10 + digit;
    digit = (codes[++at] ?? 0) - zero;
  }
  if (at === colonAt + 1 || at - colonAt > 6 || port > 65535) return -1;
  key.keyStart = start;
  key.keyEnd = at;
  return at;
}

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
  let at = start + 1;
  const last = start + longestBracketed - 1;
  while (at < last && codes[at] !== closeBracket) at++;
  return codes[at] === closeBracket && isIPv6(codes, start + 1, at) ? at + 1 : -1;
}
