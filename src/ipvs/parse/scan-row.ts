import type { ForwardingMethod } from '../../domain/ipvs.ts';
import type { Codes } from './line-cursor.ts';
import { scanKey } from './scan-key.ts';

/** What stands in a row behind the address: perhaps a forwarding method, and so many numbers. */
export interface RowShape {
  readonly forwarding: boolean;
  readonly numbers: 3 | 4 | 5;
  /** Of one number. */
  readonly digits: number;
  readonly most: number;
}

/** What a row says and where, once it has been scanned. One is used for all rows of a kind. */
export interface ScannedRow {
  /** Of `ADDRESS:PORT`. */
  keyStart: number;
  keyEnd: number;
  forwarding: ForwardingMethod;
  /** No typed array: what is read from one is never a small integer, and takes 16 bytes more in each row. */
  readonly numbers: number[];
  /** The index of the newline. */
  lineEnd: number;
}

export const newScannedRow = (): ScannedRow => ({
  keyStart: 0,
  keyEnd: 0,
  forwarding: 'masq',
  numbers: [0, 0, 0, 0, 0],
  lineEnd: 0,
});

const newline = 10;
const space = 32;
const zero = 48;

/**
 * Reads a row as ipvsadm writes it, `  -> 10.0.2.11:8080   Masq    90     7          5   `, in one pass
 * that makes nothing. `false` for every other line, whatever it is: a LineCursor reads that word by
 * word, or says what is wrong with it. It would read what is read here as well, ten times slower.
 */
export function scanRow(
  codes: Codes,
  start: number,
  { forwarding, numbers, digits, most }: RowShape,
  row: ScannedRow,
): boolean {
  if (!standsAt(codes, start, arrow)) return false;
  let at = scanKey(codes, start + arrow.length, row);
  if (at < 0 || codes[at] !== space) return false;
  if (forwarding) {
    at = scanForwarding(codes, at, row);
    if (at < 0 || codes[at] !== space) return false;
  }
  for (let index = 0; index < numbers; index++) {
    while (codes[at] === space) at++;
    const from = at;
    let value = 0;
    let digit = (codes[at] ?? 0) - zero;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      digit = (codes[++at] ?? 0) - zero;
    }
    if (at === from || at - from > digits || value > most) return false;
    row.numbers[index] = value;
  }
  while (codes[at] === space) at++;
  row.lineEnd = at;
  return codes[at] === newline;
}

const codesOf = (text: string): Codes => Buffer.from(text, 'latin1');
const arrow = codesOf('  -> ');

const methods: readonly { readonly method: ForwardingMethod; readonly word: Codes }[] = [
  { method: 'masq', word: codesOf('Masq') },
  { method: 'route', word: codesOf('Route') },
  { method: 'tunnel', word: codesOf('Tunnel') },
];

/** The index behind the method, or -1. */
function scanForwarding(codes: Codes, start: number, row: ScannedRow): number {
  let at = start;
  while (codes[at] === space) at++;
  for (const { method, word } of methods) {
    if (!standsAt(codes, at, word)) continue;
    row.forwarding = method;
    return at + word.length;
  }
  return -1;
}

function standsAt(codes: Codes, at: number, word: Codes): boolean {
  for (let index = 0; index < word.length; index++) {
    if (codes[at + index] !== word[index]) return false;
  }
  return true;
}
