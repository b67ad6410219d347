import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSections } from '../../src/ipvs/ipvsadm-format.ts';
import { parseListings } from '../../src/ipvs/ipvsadm-parse.ts';
import { anySections } from '../support/listing-arbitraries.ts';

describe('listings', () => {
  it('are the same after being printed exactly and read again', () => {
    fc.assert(
      fc.property(anySections, (sections) => {
        const text = formatSections(sections, { exact: true });
        expect(parseListings(text)).toEqual({ ok: true, value: sections });
      }),
    );
  });

  it('print the same text after being read, also with K, M, G and T', () => {
    fc.assert(
      fc.property(anySections, fc.boolean(), (sections, exact) => {
        const text = formatSections(sections, { exact });
        const parsed = parseListings(text);
        expect(parsed.ok && formatSections(parsed.value, { exact })).toBe(text);
      }),
    );
  });

  it('are read the same when their rows are not spelled as ipvsadm spells them', () => {
    fc.assert(
      fc.property(anySections, (sections) => {
        const text = formatSections(sections, { exact: true });
        const unusual = text.replace(/^ {2}-> /gm, '\t->\t');
        expect(parseListings(unusual)).toEqual(parseListings(text));
      }),
    );
  });

  it('are a failure, or the same in fewer lines, when the text is cut anywhere', () => {
    fc.assert(
      fc.property(anySections, fc.nat(), (sections, at) => {
        const text = formatSections(sections, { exact: true });
        const cut = text.slice(0, at % (text.length + 1));
        const parsed = parseListings(cut);
        if (parsed.ok) expect(formatSections(parsed.value, { exact: true })).toBe(cut);
        else expect(parsed.failure.kind).toBe('director');
      }),
    );
  });
});

describe('garbage', () => {
  const oneLine = (text: string): boolean => !/[\p{Cc}]/u.test(text);

  it('is a failure on one safe line, never an exception', () => {
    const scrap = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'IP Virtual Server version ',
        'Prot LocalAddress:Port Scheduler Flags\n',
        '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n',
        'TCP  10.0.0.1:80 wrr\n',
        '  -> 10.0.0.1:80 Masq 1 0 0\n',
        '-A -t 10.0.0.1:80 -s wrr\n',
        '-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 1\n',
        'IPVS connection entries\n',
        '__proto__ constructor\n',
        '\x1b[2J',
        '\n',
      ),
    );
    fc.assert(
      fc.property(fc.array(scrap, { maxLength: 12 }), (scraps) => {
        const parsed = parseListings(scraps.join(''));
        if (parsed.ok) return;
        expect(oneLine(parsed.failure.what)).toBe(true);
        expect(parsed.failure.what.length).toBeLessThan(2_000);
      }),
      { numRuns: 500 },
    );
  });
});
