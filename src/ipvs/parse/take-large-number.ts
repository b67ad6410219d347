import type { LineCursor } from './line-cursor.ts';

const zero = 48;
const nine = 57;

const multipliers: ReadonlyMap<string, number> = new Map([
  ['K', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
]);

/**
 * The next word as a number of `--stats` or `--rate`, which print thousands as K from 100,000,000 up
 * unless `--exact` is there: `217401K` is 217,401,000. -1 when it is none. The kernel counts in 64
 * bits; above 2^53 (9,007 TB) the last digits are lost.
 */
export function takeLargeNumber(cursor: LineCursor): number {
  if (!cursor.nextWord()) return -1;
  const { text, start, end } = cursor;
  const last = text.charCodeAt(end - 1);
  if (last >= zero && last <= nine) return digits(text, start, end);
  const multiplier = multipliers.get(text.charAt(end - 1));
  const value = digits(text, start, end - 1);
  return multiplier === undefined || value < 0 ? -1 : value * multiplier;
}

function digits(text: string, start: number, end: number): number {
  if (end <= start || end - start > 20) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < zero || code > nine) return -1;
    value = value * 10 + (code - zero);
  }
  return value;
}
