import type { PlainServer } from '../src/ipvs/listing.ts';

/**
 * What nobody who keeps the real servers of a listing can be faster than: a loop that finds the ends
 * of the lines, cuts a string out of each at a place known beforehand, and makes a row of them. It
 * reads no number and checks nothing.
 */
export function rowsWithoutReading(text: string): readonly PlainServer[] {
  const rows: PlainServer[] = [];
  let start = 0;
  for (;;) {
    const end = text.indexOf('\n', start);
    if (end < 0) return rows;
    rows.push({
      key: text.slice(start + 5, start + 22) as PlainServer['key'],
      forwarding: 'masq',
      weight: 100,
      activeConn: start & 1_023,
      inActConn: end & 4_095,
    });
    start = end + 1;
  }
}
