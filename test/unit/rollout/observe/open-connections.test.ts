import { describe, expect, it } from 'vitest';
import { type ServerKey, serverKey } from '../../../../src/domain/address.ts';
import type { ConnectionEntry, ConnectionTable } from '../../../../src/domain/ipvs/ipvs.ts';
import {
  canCarryData,
  endedAgoS,
  entriesOf,
  findOpenConnections,
  idleS,
  matchesService,
  type OpenConnections,
  serverMatcher,
  sumOpenConnections,
} from '../../../../src/rollout/observe/open-connections.ts';
import { realServer, wrrService } from '../../../support/tables.ts';

const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
const one = serverKey('10.0.0.1', 80);
const two = serverKey('10.0.0.2', 80);
const entry = (
  more: Partial<ConnectionEntry> & { readonly from?: string } = {},
): ConnectionEntry => {
  const { from = '192.0.2.1', ...rest } = more;
  return {
    protocol: 'TCP',
    state: 'ESTABLISHED',
    expiresS: 890,
    client: { address: from, port: 4_000 },
    virtual: { address: '10.0.0.100', port: 80 },
    server: one,
    ...rest,
  };
};
const table = (...entries: readonly ConnectionEntry[]): ConnectionTable => ({ entries, timeouts });
const service = wrrService([realServer('10.0.0.1', 1), realServer('10.0.0.2', 1)]);
const found = (...entries: readonly ConnectionEntry[]) =>
  findOpenConnections(table(...entries), service, [one]).get(one);

describe('a connection', () => {
  it.each([
    ['TCP', 'ESTABLISHED', true],
    ['TCP', 'FIN_WAIT', true],
    ['TCP', 'CLOSE_WAIT', true],
    ['TCP', 'LAST_ACK', true],
    ['TCP', 'TIME_WAIT', false],
    ['TCP', 'CLOSE', false],
    ['SCTP', 'ESTABLISHED', true],
    ['SCTP', 'CLOSED', false],
    ['SCTP', 'REJECTED', false],
    ['SCTP', 'CLOSE', true],
    ['UDP', 'UDP', true],
    ['UDP', 'CLOSE', true],
  ])('of %s in %s can carry data: %s', (protocol, state, isOpen) => {
    expect(canCarryData(entry({ protocol, state }))).toBe(isOpen);
  });

  it('is none where it is the template of a persistent service', () => {
    const client = { address: '192.0.2.1', port: 0 };
    expect(canCarryData(entry({ client }))).toBe(false);
    expect(canCarryData(entry({ client, protocol: 'UDP', state: 'UDP' }))).toBe(false);
  });

  it.each([
    ['TCP', 'TIME_WAIT', 117, 3],
    ['TCP', 'CLOSE', 10, 0],
    ['TCP', 'CLOSE', 11, 0],
    ['TCP', 'ESTABLISHED', 117, undefined],
    ['SCTP', 'CLOSED', 60, 1],
    ['SCTP', 'TIME_WAIT', 117, undefined],
    ['UDP', 'CLOSE', 5, undefined],
  ])('of %s in %s with %d s left ended %s s ago', (protocol, state, expiresS, agoS) => {
    expect(endedAgoS(entry({ protocol, state, expiresS }))).toBe(agoS);
  });

  it.each([
    ['UDP', 'UDP', 280, 20],
    ['TCP', 'ESTABLISHED', 890, 10],
    ['TCP', 'ESTABLISHED', 910, 0],
    ['TCP', 'FIN_WAIT', 100, 20],
    ['TCP', 'CLOSE_WAIT', 50, 10],
    ['TCP', 'SYN_RECV', 58, 2],
    ['TCP', 'LAST_ACK', 29, 1],
    ['TCP', 'SYNACK', 29, undefined],
    ['SCTP', 'ESTABLISHED', 800, undefined],
  ])(
    'of %s in %s with %d s left has been silent for %s s',
    (protocol, state, expiresS, silentS) => {
      expect(idleS(entry({ protocol, state, expiresS }), timeouts)).toBe(silentS);
    },
  );
});

describe('an entry belongs to a service', () => {
  const address = service.address as Extract<typeof service.address, { kind: 'address' }>;

  it('of its protocol, address and port', () => {
    expect(matchesService(address, entry())).toBe(true);
    expect(matchesService(address, entry({ protocol: 'UDP' }))).toBe(false);
    const virtual = { address: '10.0.0.100', port: 443 };
    expect(matchesService(address, entry({ virtual }))).toBe(false);
    expect(matchesService(address, entry({ virtual: { address: '10.0.0.9', port: 80 } }))).toBe(
      false,
    );
  });

  it('of all ports, and of a mark whatever it is to', () => {
    const virtual = { address: '10.0.0.100', port: 443 };
    expect(matchesService({ ...address, port: 0 }, entry({ virtual }))).toBe(true);
    const fwmark = { kind: 'fwmark', mark: 7, family: 'inet' } as never;
    expect(matchesService(fwmark, entry({ protocol: 'UDP', virtual }))).toBe(true);
  });
});

describe('the server of an entry', () => {
  it('is one of those that are asked for', () => {
    const match = serverMatcher(service, [one]);
    expect(match(one)).toBe(one);
    expect(match(two)).toBeUndefined();
  });

  it('with port 0 has the connections of all ports of its address, but for those of another', () => {
    const any = realServer('10.0.0.1', 1, { port: 0 });
    const mixed = wrrService([any, realServer('10.0.0.1', 1), realServer('10.0.0.11', 1)]);
    const match = serverMatcher(mixed, [any.key, one]);
    expect(match(serverKey('10.0.0.1', 8_080))).toBe(any.key);
    expect(match(one)).toBe(one);
    expect(match(serverKey('10.0.0.11', 80))).toBeUndefined();
    expect(serverMatcher(mixed, [one])(serverKey('10.0.0.1', 8_080))).toBeUndefined();
  });

  it('has its own entries of its own service alone', () => {
    const other = entry({ virtual: { address: '10.0.0.101', port: 80 } });
    const all = table(entry({ from: 'a' }), entry({ server: two }), other);
    expect([...entriesOf(all, service, one)].map(({ client }) => client.address)).toEqual(['a']);
  });
});

describe('the open connections of a server', () => {
  it('are none where none is listed', () => {
    expect(found()).toEqual({ count: 0, openForS: 0, byState: new Map(), clients: [] });
  });

  it('are counted by state and by client, the busiest first and five at most', () => {
    const many = ['a', 'b', 'b', 'c', 'd', 'e', 'f'].map((from) => entry({ from }));
    expect(found(...many, entry({ from: 'b', state: 'FIN_WAIT', expiresS: 119 }))).toEqual({
      count: 8,
      openForS: 0,
      byState: new Map([
        ['ESTABLISHED', 7],
        ['FIN_WAIT', 1],
      ]),
      clients: [
        { address: 'b', connections: 3 },
        ...['a', 'c', 'd', 'e'].map((address) => ({ address, connections: 1 })),
      ],
      silentForS: 1,
    });
  });

  it('are not those of others', () => {
    const udp = entry({ protocol: 'UDP', state: 'UDP' });
    expect(found(entry({ server: two }), udp)).toMatchObject({ count: 0 });
  });

  it('have been silent for as long as the one that spoke last, where that can be told of all', () => {
    const [long, short] = [entry({ expiresS: 800 }), entry({ expiresS: 880 })];
    expect(found(long, short)?.silentForS).toBe(20);
    expect(found(short, long)?.silentForS).toBe(20);
    expect(found(long, entry({ state: 'SYNACK' }))).not.toHaveProperty('silentForS');
  });

  it('say when the latest ended, which is no connection any more', () => {
    const ended = (expiresS: number) => entry({ state: 'TIME_WAIT', expiresS });
    expect(found(ended(100), ended(113), ended(110))).toEqual({
      count: 0,
      openForS: 0,
      byState: new Map(),
      clients: [],
      lastEndedAgoS: 7,
    });
  });

  it('of UDP stay until the last of them expires', () => {
    const dns = wrrService([realServer('10.0.0.1', 1)], {
      address: { kind: 'address', protocol: 'udp', address: '10.0.0.100', port: 80 },
    });
    const udp = (expiresS: number) => entry({ protocol: 'UDP', state: 'UDP', expiresS });
    const open = findOpenConnections(table(udp(120), udp(280), udp(200)), dns, [one]).get(one);
    expect(open).toMatchObject({ count: 3, openForS: 280, silentForS: 20 });
  });
});

describe('the open connections of several directors', () => {
  const open = (count: number, more: Partial<OpenConnections> = {}): OpenConnections => ({
    count,
    byState: new Map([['ESTABLISHED', count]]),
    openForS: 0,
    clients: [{ address: 'a', connections: count }],
    ...more,
  });

  it('add up, and what ended last anywhere has ended', () => {
    const all = [
      open(2, { openForS: 30, lastEndedAgoS: 9, silentForS: 4 }),
      open(3, { openForS: 10, lastEndedAgoS: 5, silentForS: 2 }),
    ];
    expect(sumOpenConnections(all)).toEqual({
      count: 5,
      byState: new Map([['ESTABLISHED', 5]]),
      openForS: 30,
      clients: [{ address: 'a', connections: 5 }],
      lastEndedAgoS: 5,
      silentForS: 2,
    });
  });

  it('are not silent where one cannot tell, unless it has none', () => {
    expect(sumOpenConnections([open(2, { silentForS: 4 }), open(1)])).not.toHaveProperty(
      'silentForS',
    );
    expect(sumOpenConnections([open(2, { silentForS: 4 }), open(0)]).silentForS).toBe(4);
  });

  it('are none where there is none', () => {
    expect(sumOpenConnections([])).toEqual({
      count: 0,
      byState: new Map(),
      openForS: 0,
      clients: [],
    });
  });
});

describe('a server that nobody asked about', () => {
  it('is not in the answer', () => {
    const asked: readonly ServerKey[] = [two];
    expect([...findOpenConnections(table(entry()), service, asked).keys()]).toEqual([two]);
  });
});
