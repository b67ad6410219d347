import fc from 'fast-check';
import {
  canonicalAddress,
  formatHostPort,
  type ServerKey,
  type ServiceAddress,
  serverKey,
  serviceKey,
} from '../../src/domain/address.ts';
import type { ConnectionEntry, Persistence, TunnelOptions } from '../../src/domain/ipvs/ipvs.ts';
import type { Section, ServiceHeading } from '../../src/ipvs/listing.ts';

/** Listings as data, of every kind, with everything that the real ones can hold. */

const uint = fc.nat({ max: 0xffffffff });
const port = fc.nat({ max: 65535 });
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,14}$/);

export const anyAddress = fc
  .oneof(fc.ipV4(), fc.ipV6())
  .map((text) => canonicalAddress(text))
  .filter((address) => address !== undefined);

export const anyServiceAddress: fc.Arbitrary<ServiceAddress> = fc.oneof(
  fc.record({
    kind: fc.constant('address' as const),
    protocol: fc.constantFrom('tcp' as const, 'udp' as const, 'sctp' as const),
    address: anyAddress,
    port,
  }),
  fc.record({
    kind: fc.constant('fwmark' as const),
    mark: fc.integer({ min: 1, max: 0xffffffff }),
    family: fc.constantFrom(4 as const, 6 as const),
  }),
);

const anyPersistence: fc.Arbitrary<Persistence> = fc
  .record({
    timeoutS: uint,
    netmask: fc.option(fc.constantFrom('255.255.255.0', '255.0.0.0', '64', '1'), {
      nil: undefined,
    }),
  })
  .map(({ timeoutS, netmask }) => (netmask === undefined ? { timeoutS } : { timeoutS, netmask }));

/** `saved`: an engine may be there without persistence. */
const anyHeading = (saved: boolean): fc.Arbitrary<ServiceHeading> =>
  fc
    .record({
      address: anyServiceAddress,
      scheduler: name,
      schedulerFlags: fc.array(name, { maxLength: 3 }),
      persistence: fc.option(anyPersistence, { nil: undefined }),
      engine: fc.option(name, { nil: undefined }),
      onePacket: fc.boolean(),
    })
    .map(({ address, scheduler, schedulerFlags, persistence, engine, onePacket }) => ({
      key: serviceKey(address),
      address,
      scheduler,
      schedulerFlags,
      ...(persistence && { persistence }),
      ...(engine !== undefined && (saved || persistence) && { engine }),
      onePacket,
    }));

const anyServer = fc
  .record({ address: anyAddress, port })
  .map(({ address, port }) => ({ key: serverKey(address, port) }));

const checksum = fc.constantFrom('nocsum' as const, 'csum' as const, 'remcsum' as const);
export const anyTunnel: fc.Arbitrary<TunnelOptions> = fc.oneof(
  fc.constant({ type: 'ipip' as const }),
  fc.record({ type: fc.constant('gre' as const), checksum }),
  fc.record({ type: fc.constant('gue' as const), port, checksum }),
);

const forwarding = fc.constantFrom('masq' as const, 'route' as const, 'tunnel' as const);
const listedForwarding = fc.oneof(forwarding, fc.constant('local' as const));
const forwarded = fc
  .record({ forwarding, tunnel: fc.option(anyTunnel, { nil: undefined }) })
  .map(({ forwarding, tunnel }) =>
    forwarding === 'tunnel' && tunnel ? { forwarding, tunnel } : { forwarding },
  );
const live = { activeConn: uint, inActConn: uint };

/** What is at hand of the counters of one line: above 2^53 the last digits are lost. */
const counter = fc.oneof(fc.nat({ max: 1_000 }), fc.maxSafeNat());
const stats = {
  connections: counter,
  inPackets: counter,
  outPackets: counter,
  inBytes: counter,
  outBytes: counter,
};
const rates = {
  connectionsPerS: counter,
  inPacketsPerS: counter,
  outPacketsPerS: counter,
  inBytesPerS: counter,
  outBytesPerS: counter,
};

const merged = <A extends object, B extends object>(
  first: fc.Arbitrary<A>,
  second: fc.Arbitrary<B>,
): fc.Arbitrary<A & B> => fc.tuple(first, second).map(([a, b]) => ({ ...a, ...b }));

const anyName = anyServiceAddress.map((address) => ({ key: serviceKey(address), address }));
const version = fc.option(fc.constant({ version: { ipvs: '1.2.1', connectionTableSize: 4096 } }), {
  nil: {},
});

function table(
  kind: string,
  heading: fc.Arbitrary<object>,
  server: fc.Arbitrary<object>,
): fc.Arbitrary<Section> {
  const services = fc.array(
    merged(heading, fc.record({ servers: fc.array(server, { maxLength: 4 }) })),
    { maxLength: 4 },
  );
  return fc
    .tuple(version, services)
    .map(([line, services]) => ({ kind, ...line, services }) as unknown as Section);
}

const anyTable = fc.oneof(
  table(
    'plain',
    anyHeading(false),
    merged(anyServer, fc.record({ forwarding: listedForwarding, weight: uint, ...live })),
  ),
  table(
    'tun-info',
    anyHeading(false),
    merged(merged(anyServer, forwarded), fc.record({ weight: uint, ...live })),
  ),
  table(
    'thresholds',
    anyHeading(false),
    merged(anyServer, fc.record({ upperThreshold: uint, lowerThreshold: uint, ...live })),
  ),
  table(
    'persistent-conn',
    anyHeading(false),
    merged(anyServer, fc.record({ weight: uint, persistConn: uint, ...live })),
  ),
  table('stats', merged(anyName, fc.record(stats)), merged(anyServer, fc.record(stats))),
  table('rate', merged(anyName, fc.record(rates)), merged(anyServer, fc.record(rates))),
);

const savedServer = merged(merged(anyServer, forwarded), fc.record({ weight: uint }));
const anySaved: fc.Arbitrary<Section> = fc
  .array(
    merged(anyHeading(true), fc.record({ servers: fc.array(savedServer, { maxLength: 4 }) })),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((services) => ({ kind: 'saved', services }));

const endpoint = fc.record({ address: anyAddress, port });
const anyEntry = fc.record({
  protocol: fc.constantFrom('TCP', 'UDP', 'SCTP', 'IP'),
  expiresS: fc.nat({ max: 10_000_000 }),
  state: fc.constantFrom('ESTABLISHED', 'TIME_WAIT', 'NONE', 'ASSURED', 'SYN_RECV', 'ERR!'),
  client: endpoint,
  virtual: endpoint,
  server: endpoint.map(({ address, port }) => formatHostPort(address, port) as ServerKey),
});
const anyEngine = fc.record({ name, data: fc.stringMatching(/^[!-~]{1,40}$/) });
const anyConnections: fc.Arbitrary<Section> = fc.oneof(
  fc
    .array(anyEntry, { maxLength: 6 })
    .map((entries) => ({ kind: 'connections', withEngineData: false, entries }) as const),
  fc
    .array(fc.tuple(anyEntry, fc.option(anyEngine, { nil: undefined })), { maxLength: 6 })
    .map((pairs) => ({
      kind: 'connections' as const,
      withEngineData: true,
      entries: pairs.map(
        ([entry, engine]): ConnectionEntry => (engine ? { ...entry, engine } : entry),
      ),
    })),
);

const anyTimeouts: fc.Arbitrary<Section> = fc
  .record({ tcpS: uint, tcpFinS: uint, udpS: uint })
  .map((timeouts) => ({ kind: 'timeouts', timeouts }));

const anySyncDaemon: fc.Arbitrary<Section> = fc.record(
  {
    kind: fc.constant('sync-daemon' as const),
    role: fc.constantFrom('master' as const, 'backup' as const),
    interface: fc.constantFrom('eth0', 'bond0.7'),
    syncId: fc.nat({ max: 255 }),
    maxLength: fc.nat({ max: 65535 }),
    group: fc.constantFrom('224.0.0.81', 'ff02::81'),
    port,
    ttl: fc.nat({ max: 255 }),
  },
  { requiredKeys: ['kind', 'role', 'interface', 'syncId'] },
) as fc.Arbitrary<Section>;

/** Two `-Sn` in a row print what one prints, so they do not stand side by side here. */
export const anySections: fc.Arbitrary<readonly Section[]> = fc
  .array(fc.oneof(anyTable, anySaved, anyConnections, anyTimeouts, anySyncDaemon), { maxLength: 5 })
  .map((sections) =>
    sections.filter(
      (section, at) => section.kind !== 'saved' || sections[at - 1]?.kind !== 'saved',
    ),
  )
  .filter((sections) =>
    sections.every((section, at) => section.kind !== 'saved' || sections[at + 1]?.kind !== 'saved'),
  );
