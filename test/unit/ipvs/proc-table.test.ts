import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { ServiceSample } from '../../../src/domain/ipvs/ipvs.ts';
import { parseListings } from '../../../src/ipvs/ipvsadm-parse.ts';
import { countReaderOf } from '../../../src/ipvs/table/proc-table.ts';
import { samplesOf } from '../../../src/ipvs/table/read-table.ts';
import { procTableText } from '../../support/proc-table-text.ts';

/** Of one table, at one time, on Linux 6.1. */
const golden = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../golden', name), 'utf8');

const listings = parseListings(golden('list.Ln.persistent-conn.txt'));
const listed = listings.ok ? samplesOf(listings.value) : new Map<ServiceKey, ServiceSample>();
const persistent = ['tcp/10.0.1.100:0', 'tcp/10.0.1.100:443', 'udp/10.0.1.100:5060'];
const isPlain = (key: string): boolean =>
  !key.startsWith('fwm') && !persistent.includes(key) && key !== 'tcp/[fd00:1::100]:80';

const zeroed = (samples: readonly ServiceSample[]): readonly ServiceSample[] =>
  samples.map((sample) => ({
    ...sample,
    servers: new Map(
      [...sample.servers].map(([key, server]) => [key, { ...server, activeConn: 0, inActConn: 0 }]),
    ),
  }));

describe('the file of a real kernel', () => {
  const file = golden('proc.ip_vs.txt');

  it('shows the counts that ipvsadm lists, for TCP, UDP, SCTP, IPv4 and IPv6', () => {
    const plain = [...listed.values()].filter(({ service }) => isPlain(service));
    expect(plain).toHaveLength(7);
    expect(countReaderOf(zeroed(plain))?.(file)).toEqual(plain);
  });

  it.each([...listed.keys()].filter((key) => !isPlain(key)))(
    'cannot tell for %s, with persistence or a mark',
    (key) => {
      const samples = [...listed.values()].filter(({ service }) => service === key);
      expect(countReaderOf(zeroed(samples))?.(file)).toBeUndefined();
    },
  );

  it('that is empty shows no service', () => {
    const [sample] = [...listed.values()].filter(({ service }) => isPlain(service));
    expect(sample && countReaderOf([sample])?.(golden('proc.ip_vs.empty.txt'))).toBeUndefined();
  });
});

describe('a text', () => {
  const web = sample('tcp/10.0.0.100:80', 'wrr', ['10.0.0.1:80', 40], ['10.0.0.2:80', 60]);
  const dns = sample('udp/[2001:db8::53]:53', 'wlc', ['[2001:db8::1]:53', 1]);
  const text = procTableText([web, dns]);
  const read = (changed: string): unknown => countReaderOf([web])?.(changed);

  it('is read for one service of many', () => {
    expect(read(text)).toEqual([web]);
  });

  it.each([
    ['another weight', text.replace('Masq    40', 'Masq    41')],
    ['another scheduler', text.replace('wrr', 'rr')],
    ['persistence', text.replace('wrr ', 'wrr persistent 6000 FFFFFFFF')],
    ['a server less', text.replace(/^.*0A000002:0050.*\n/m, '')],
    ['a server more', text.replace('UDP', '  -> 0A000003:0050      Masq    1 0 0\nUDP')],
    ['a server twice', text.replace(/^(.*0A000002:0050.*\n)/m, '$1$1')],
    ['another port', text.replace('0A000002:0050', '0A000002:0051')],
    ['another service', text.replace('0A000064:0050', '0A000064:0051')],
    ['the service twice', text + text.split('\n').slice(3, 6).join('\n').concat('\n')],
    ['a row that is cut off', text.slice(0, text.indexOf('Masq    60') + 8)],
    ['words for counts', text.replace(/0 {10}0/, 'x          0')],
    ['no heading', text.slice(text.indexOf('TCP'))],
    ['nothing', ''],
  ])('with %s does not fit', (_, changed) => {
    expect(changed).not.toBe(text);
    expect(read(changed)).toBeUndefined();
  });

  it('is not asked about a service with templates of persistence', () => {
    const kept = new Map([...web.servers].map(([key, one]) => [key, { ...one, persistConn: 1 }]));
    expect(countReaderOf([{ ...web, servers: kept }])).toBeUndefined();
  });
});

function sample(
  service: string,
  scheduler: string,
  ...servers: readonly (readonly [string, number])[]
): ServiceSample {
  const counts = { activeConn: 0, inActConn: 0, persistConn: 0 };
  return {
    service: service as ServiceKey,
    scheduler,
    servers: new Map(servers.map(([key, weight]) => [key as ServerKey, { weight, ...counts }])),
  };
}
