import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatSections } from '../../../src/ipvs/ipvsadm-format.ts';
import { parseListings } from '../../../src/ipvs/ipvsadm-parse.ts';

/** Printed by ipvsadm 1.31 on Linux 6.1. */
const golden = join(import.meta.dirname, '../../golden');
const numeric = readdirSync(golden).filter(
  (file) => /^(list|save|empty-conn)\..*\.txt$/.test(file) && !file.includes('nonnumeric'),
);

describe('the listings of a real ipvsadm', () => {
  it.each(numeric)('%s is read, and printed again byte for byte', (file) => {
    const text = readFileSync(join(golden, file), 'utf8');
    const parsed = parseListings(text);
    if (!parsed.ok) throw new Error(parsed.failure.what);
    const exact = file.includes('.exact.');
    expect(formatSections(parsed.value, { exact })).toBe(text);
    const again = parseListings(formatSections(parsed.value, { exact }));
    expect(again).toEqual(parsed);
  });

  it('are told apart when they follow one another', () => {
    const files = ['save.Sn.txt', 'list.Ln.one-tcp.txt', 'list.Lnc.txt', 'list.L.timeout.txt'];
    const text = files.map((file) => readFileSync(join(golden, file), 'utf8')).join('');
    const parsed = parseListings(text);
    expect(parsed.ok && parsed.value.map(({ kind }) => kind)).toEqual([
      'saved',
      'plain',
      'connections',
      'timeouts',
    ]);
  });

  it('with names instead of numbers are refused with advice', () => {
    const text = readFileSync(join(golden, 'list.L.nonnumeric.txt'), 'utf8');
    expect(parseListings(text)).toMatchObject({
      ok: false,
      failure: {
        what: expect.stringContaining('without -n: "  -> 10.0.2.11:tproxy'),
        where: 'line 4 of its output',
      },
    });
  });
});
