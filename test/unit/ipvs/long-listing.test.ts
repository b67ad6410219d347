import { describe, expect, it } from 'vitest';
import { longListing } from '../../../bench/long-listing.ts';
import { parseListings } from '../../../src/ipvs/ipvsadm-parse.ts';

/** 220 kB: several of the blocks in which a text is read. */
const text = longListing(3_000);
const lines = text.split('\n');

const withLine = (index: number, line: string): string =>
  lines.toSpliced(index, 1, line).join('\n');

describe('a listing longer than what is looked at in one piece', () => {
  it('has every service and every server once, in their order', () => {
    const parsed = parseListings(text);
    const services = parsed.ok && parsed.value[0]?.kind === 'plain' ? parsed.value[0].services : [];
    const printed = lines.flatMap((line) => /^ {2}-> (\d\S+)/.exec(line)?.[1] ?? []);
    expect(services).toHaveLength(150);
    expect(printed).toHaveLength(3_000);
    expect(services.flatMap(({ servers }) => servers.map(({ key }) => key))).toEqual(printed);
  });

  it.each([3, 900, 1_700, 3_140])('names line %i when that is the bad one', (index) => {
    expect(parseListings(withLine(index, '  -> 10.0.0.1:80 Masq 1 x 0'))).toMatchObject({
      ok: false,
      failure: {
        what: expect.stringContaining('"  -> 10.0.0.1:80 Masq 1 x 0"'),
        where: `line ${index + 1} of its output`,
      },
    });
  });

  it('is read the same whatever blanks its rows have', () => {
    const unusual = lines.map((line) => line.replace(/^ {2}-> /, '\t->\t')).join('\r\n');
    expect(parseListings(unusual)).toEqual(parseListings(text));
  });

  it('may have a line that is longer still', () => {
    const wide = withLine(1_700, `${lines[1_700]}${' '.repeat(200_000)}`);
    expect(parseListings(wide)).toEqual(parseListings(text));
    const foreign = withLine(1_700, 'ü'.repeat(200_000));
    expect(parseListings(foreign)).toMatchObject({
      ok: false,
      failure: { where: 'line 1701 of its output' },
    });
  });

  it('that is cut off anywhere is a failure', () => {
    for (const length of [65_535, 65_536, 65_537, 131_000, text.length - 1]) {
      const cut = text.slice(0, length);
      expect(parseListings(cut).ok, `${length}`).toBe(cut.endsWith('\n'));
    }
  });
});
