import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ServerKey, serverKey, serviceKey } from '../../src/domain/address.ts';
import type { ServiceSample } from '../../src/domain/ipvs/ipvs.ts';
import { countReaderOf } from '../../src/ipvs/table/proc-table.ts';
import { anyAddress } from '../support/listing-arbitraries.ts';
import { procTableText } from '../support/proc-table-text.ts';

const place = fc.tuple(anyAddress, fc.nat({ max: 65_535 }));
const counts = fc.record({
  weight: fc.nat({ max: 65_535 }),
  activeConn: fc.nat(),
  inActConn: fc.nat(),
  persistConn: fc.constant(0),
});
const protocol = fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const);

const anySample: fc.Arbitrary<ServiceSample> = fc
  .record({
    protocol,
    place,
    scheduler: fc.constantFrom('wrr', 'wlc', 'sh'),
    servers: fc.array(fc.tuple(place, counts), { maxLength: 6 }),
  })
  .map(({ protocol, place: [address, port], scheduler, servers }) => ({
    service: serviceKey({ kind: 'address', protocol, address, port }),
    scheduler,
    servers: new Map<ServerKey, (typeof servers)[number][1]>(
      servers.map(([[host, number], one]) => [serverKey(host, number), one]),
    ),
  }));

const anyTable = fc.uniqueArray(anySample, { selector: ({ service }) => service, minLength: 1 });

/** As ipvsadm listed it some time ago. */
const earlier = ({ servers, ...sample }: ServiceSample): ServiceSample => ({
  ...sample,
  servers: new Map(
    [...servers].map(([key, one]) => [key, { ...one, activeConn: 0, inActConn: 0 }]),
  ),
});

it('the counts of any services are read from any table as they stand there', () => {
  fc.assert(
    fc.property(anyTable, fc.infiniteStream(fc.boolean()), (table, picks) => {
      const wanted = table.filter(() => picks.next().value);
      expect(countReaderOf(wanted.map(earlier))?.(procTableText(table))).toEqual(wanted);
    }),
  );
});

it('a table that lost a row, or has one twice, is read rightly or not at all', () => {
  fc.assert(
    fc.property(anyTable, fc.nat(), fc.boolean(), (table, at, twice) => {
      const [heading, ...rows] = procTableText(table).split(
        /(?<=\n)(?=TCP|UDP|SCTP| {2}-> [0-9A-F[])/,
      );
      const row = at % rows.length;
      const changed = rows.flatMap((text, index) =>
        index !== row ? [text] : twice ? [text, text] : [],
      );
      for (const sample of table) {
        const found = countReaderOf([earlier(sample)])?.([heading, ...changed].join(''));
        if (found !== undefined) expect(found).toEqual([sample]);
      }
    }),
  );
});
