import { beforeEach, describe, expect, test } from 'vitest';
import { type ServiceKey, serverKey } from '../../src/domain/address.ts';
import type { Result } from '../../src/domain/failure.ts';
import type { Change, RealServer, Snapshot, VirtualService } from '../../src/domain/ipvs/ipvs.ts';
import type { Director } from '../../src/rollout/ports.ts';
import { realServer, wrrService } from '../support/tables.ts';
import { contractTimeoutMs } from './holds-for-all.ts';

/** A director with a table that somebody else can reach too. */
export interface DirectorUnderTest {
  readonly director: Director;
  /** Another program's `ipvsadm -R` with these lines, which must be accepted. */
  others(...lines: readonly string[]): Promise<void>;
  /** Opens a TCP connection to 10.0.1.100 that stays, where there are clients. */
  connect?(port: number): Promise<void>;
  /** Lets that much of the director's time pass, where there are clients. */
  pass?(ms: number): Promise<void>;
}

export interface DirectorContract {
  readonly name: string;
  readonly open: () => Promise<DirectorUnderTest>;
  readonly hasClients: boolean;
}

const webLine = '-t 10.0.1.100:80';
const table = [
  `-A ${webLine} -s wrr`,
  `-a ${webLine} -r 10.0.2.11:8080 -m -w 40 -x 100 -y 50`,
  `-a ${webLine} -r 10.0.2.12:8081 -m -w 60`,
  '-A -t 10.0.1.120:80 -s wlc -p 300 -M 255.255.255.0',
  '-a -t 10.0.1.120:80 -r 10.0.2.13 -i -w 0 -x 9 --tun-type gue --tun-port 6080 --tun-csum',
  '-a -t 10.0.1.120:80 -r 10.0.2.14 -g -w 3',
  '-A -f 4294967295 -s sh -b sh-fallback,sh-port',
  '-A -f 7 -6 -s rr',
  '-a -f 7 -6 -r [fd00:2::11]:8080 -m -w 1',
  '-A -u [fd00:1::100]:53 -s rr -o',
  '-a -u [fd00:1::100]:53 -r [fd00:2::11]:53 -m -w 65535',
  '-A --sctp-service 10.0.1.100:36412 -s lc',
];

const first = realServer('10.0.2.11', 40, { port: 8080, upperThreshold: 100, lowerThreshold: 50 });
const second = realServer('10.0.2.12', 60, { port: 8081 });
const third = realServer('10.0.2.13', 5, { port: 8080 });
const web = wrrService([first, second], {
  key: 'tcp/10.0.1.100:80' as ServiceKey,
  address: { kind: 'address', protocol: 'tcp', address: '10.0.1.100', port: 80 },
});
const tunnelled = realServer('10.0.2.13', 0, {
  forwarding: 'tunnel',
  tunnel: { type: 'gue', port: 6080, checksum: 'csum' },
  upperThreshold: 9,
});
const persistent: VirtualService = {
  key: 'tcp/10.0.1.120:80' as ServiceKey,
  address: { kind: 'address', protocol: 'tcp', address: '10.0.1.120', port: 80 },
  scheduler: 'wlc',
  schedulerFlags: [],
  persistence: { timeoutS: 300, netmask: '255.255.255.0' },
  onePacket: false,
  servers: [tunnelled, realServer('10.0.2.14', 3, { forwarding: 'route' })],
};
const v6Server = (port: number, weight: number): RealServer =>
  realServer('fd00:2::11', weight, { port, key: serverKey('fd00:2::11', port) });
const hashed: VirtualService = {
  key: 'fwm/4294967295' as ServiceKey,
  address: { kind: 'fwmark', mark: 4294967295, family: 4 },
  scheduler: 'sh',
  schedulerFlags: ['sh-fallback', 'sh-port'],
  onePacket: false,
  servers: [],
};
const services: readonly VirtualService[] = [
  web,
  persistent,
  hashed,
  {
    key: 'fwm6/7' as ServiceKey,
    address: { kind: 'fwmark', mark: 7, family: 6 },
    scheduler: 'rr',
    schedulerFlags: [],
    onePacket: false,
    servers: [v6Server(8080, 1)],
  },
  {
    key: 'udp/[fd00:1::100]:53' as ServiceKey,
    address: { kind: 'address', protocol: 'udp', address: 'fd00:1::100', port: 53 },
    scheduler: 'rr',
    schedulerFlags: [],
    onePacket: true,
    servers: [v6Server(53, 65_535)],
  },
  {
    key: 'sctp/10.0.1.100:36412' as ServiceKey,
    address: { kind: 'address', protocol: 'sctp', address: '10.0.1.100', port: 36412 },
    scheduler: 'lc',
    schedulerFlags: [],
    onePacket: false,
    servers: [],
  },
];
const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
const nowhere = 'tcp/10.0.1.100:81' as ServiceKey;

const toWeight = (service: VirtualService, server: RealServer, weight: number): Change => ({
  kind: 'set-weight',
  service: service.key,
  server: { ...server, weight },
});

const byKey = (a: { readonly key: string }, b: { readonly key: string }) =>
  a.key < b.key ? -1 : 1;

/** A table has no order, and neither has the list of a service's servers. */
function ordered(list: readonly VirtualService[]): readonly VirtualService[] {
  return list
    .map((service) => ({
      ...service,
      schedulerFlags: [...service.schedulerFlags].sort(),
      servers: [...service.servers].sort(byKey),
    }))
    .sort(byKey);
}

function unwrap<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

const servicesOf = (result: Result<Snapshot>): readonly VirtualService[] =>
  ordered(unwrap(result).services);

const sampleOf = ({ key, scheduler, servers }: VirtualService) => ({
  service: key,
  scheduler,
  servers: new Map(
    servers.map((server) => [
      server.key,
      { weight: server.weight, activeConn: 0, inActConn: 0, persistConn: 0 },
    ]),
  ),
});

/** What the engine expects of a director, whatever is behind it. `open` is called before each test. */
export function describeDirector({ name, open, hasClients }: DirectorContract): void {
  describe(`a director over ${name}`, { timeout: contractTimeoutMs }, () => {
    let given: DirectorUnderTest;
    let director: Director;
    beforeEach(async () => {
      given = await open();
      director = given.director;
      await given.others('-C', '--set 900 120 300', ...table);
    });
    const whole = async () => servicesOf(await director.snapshot());

    test('reads the whole table', async () => {
      const snapshot = unwrap(await director.snapshot());
      expect(ordered(snapshot.services)).toEqual(ordered(services));
      const keys = services.map(({ key }) => key);
      expect(snapshot).toEqual({
        services: expect.anything(),
        samples: new Map(services.map((service) => [service.key, sampleOf(service)])),
        timeouts,
        connectionsPerSecond: new Map(keys.map((key) => [key, 0])),
      });
    });

    test('reads an empty table', async () => {
      await given.others('-C');
      expect(await whole()).toEqual([]);
    });

    test('reads some services, each once and with everything, before and after the whole', async () => {
      const keys = [persistent.key, web.key, persistent.key];
      const expected = ordered([persistent, web]);
      const before = await director.snapshot(keys);
      expect(servicesOf(before)).toEqual(expected);
      expect(unwrap(before)).not.toHaveProperty('connectionsPerSecond');
      await director.snapshot();
      expect(servicesOf(await director.snapshot(keys))).toEqual(expected);
    });

    test('measures every service and server with all that is counted, and an empty table', async () => {
      const measured = unwrap(await director.measure());
      expect(measured).toMatchObject({ ipvsVersion: '1.2.1', connectionTableSize: 4_096 });
      const none = { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 };
      const still = { connectionsPerS: 0, inPacketsPerS: 0, outPacketsPerS: 0 };
      const counts = { totals: none, rates: { ...still, inBytesPerS: 0, outBytesPerS: 0 } };
      const expected = services.map(({ servers, ...service }) => ({
        ...service,
        ...counts,
        servers: servers.map(({ tunnel: _, ...server }) => ({
          ...{ ...server, ...counts },
          ...{ activeConn: 0, inActConn: 0, persistConn: 0 },
        })),
      }));
      const inOrder = (all: readonly { key: string; servers: readonly { key: string }[] }[]) =>
        [...all].map((one) => ({ ...one, servers: [...one.servers].sort(byKey) })).sort(byKey);
      expect(inOrder(measured.services)).toEqual(inOrder(expected));
      await given.others('-C');
      expect(unwrap(await director.measure()).services).toEqual([]);
      expect((await director.hostCounters()).sysctls).toBeInstanceOf(Map);
    });

    test('finds a conflict where a service is gone', async () => {
      const conflict = { ok: false, failure: { kind: 'conflict' } };
      expect(await director.snapshot([web.key, nowhere])).toMatchObject(conflict);
      expect(await director.sample([web.key, nowhere])).toMatchObject(conflict);
      expect(await director.look([web.key, nowhere])).toMatchObject(conflict);
    });

    test('makes changes of every kind in their order, and returns what it read back', async () => {
      const rr: VirtualService = { ...persistent, scheduler: 'rr' };
      const after = await director.apply([
        toWeight(web, first, 1),
        { kind: 'add-server', service: web.key, server: third },
        toWeight(web, first, 2),
        { kind: 'remove-server', service: web.key, server: second },
        toWeight(persistent, tunnelled, 7),
        { kind: 'set-scheduler', service: rr },
      ]);
      const [, route] = persistent.servers;
      const expected = [
        { ...web, servers: [{ ...first, weight: 2 }, third] },
        { ...rr, servers: [{ ...tunnelled, weight: 7 }, route as RealServer] },
      ];
      expect(servicesOf(after)).toEqual(ordered(expected));
      expect(unwrap(after).samples.get(web.key)).toEqual(sampleOf(expected[0] ?? web));
      expect(await whole()).toEqual(ordered([...expected, ...services.slice(2)]));
    });

    test('keeps the flags of a scheduler', async () => {
      const plain: VirtualService = { ...hashed, schedulerFlags: ['sh-port'] };
      const after = await director.apply([{ kind: 'set-scheduler', service: plain }]);
      expect(servicesOf(after)).toEqual([plain]);
      const again = await director.apply([{ kind: 'set-scheduler', service: hashed }]);
      expect(servicesOf(again)).toEqual([hashed]);
    });

    test('makes no change and reads nothing when there is nothing to do', async () => {
      expect(unwrap(await director.apply([]))).toMatchObject({ services: [], timeouts });
      expect(await whole()).toEqual(ordered(services));
    });

    test('goes on after a refused change in the middle, and tells which one does not stand', async () => {
      const result = await director.apply([
        toWeight(web, first, 1),
        toWeight(web, third, 9),
        toWeight(web, second, 2),
      ]);
      expect(result).toMatchObject({
        ok: false,
        failure: {
          kind: 'conflict',
          what: expect.stringMatching(
            /No such destination \(2 of 3 changes stand, not: -e -t 10\.0\.1\.100:80 -r 10\.0\.2\.13:8080 -m -w 9\)/,
          ),
          where: expect.stringContaining(web.key),
        },
      });
      const [, ...rest] = services;
      const servers = [
        { ...first, weight: 1 },
        { ...second, weight: 2 },
      ];
      expect(await whole()).toEqual(ordered([{ ...web, servers }, ...rest]));
    });

    test('finds a conflict where a server was removed, and adds nothing', async () => {
      await given.others(`-d ${webLine} -r ${second.key}`);
      expect(await director.apply([toWeight(web, second, 1)])).toMatchObject({
        ok: false,
        failure: { kind: 'conflict', what: expect.stringContaining('No such destination') },
      });
      // A removal that somebody else has made is made.
      const removal = { kind: 'remove-server', service: web.key, server: second } as const;
      expect(await director.apply([removal])).toMatchObject({ ok: true });
      expect(servicesOf(await director.snapshot([web.key]))).toEqual([
        { ...web, servers: [first] },
      ]);
    });

    test('finds a conflict where a server was added before', async () => {
      await given.others(`-a ${webLine} -r ${third.key} -m -w 1`);
      const add = { kind: 'add-server', service: web.key, server: third } as const;
      expect(await director.apply([add])).toMatchObject({
        ok: false,
        failure: { kind: 'conflict', what: expect.stringContaining('already exists (0 of 1') },
      });
    });

    test('finds a conflict where a service was removed, and makes the changes before it', async () => {
      await given.others('-D -t 10.0.1.120:80');
      const result = await director.apply([
        toWeight(web, first, 1),
        toWeight(persistent, tunnelled, 1),
      ]);
      expect(result).toMatchObject({
        ok: false,
        failure: { kind: 'conflict', what: expect.stringContaining('Service not defined') },
      });
      const [, , ...rest] = services;
      const changed = { ...web, servers: [{ ...first, weight: 1 }, second] };
      expect(await whole()).toEqual(ordered([changed, ...rest]));
    });

    describe('when somebody edits between the listing and the batch', () => {
      const [, route] = persistent.servers as readonly [RealServer, RealServer];
      const untouched = services.slice(2);
      const overtaken = (found: string) => ({
        ok: false,
        failure: {
          kind: 'conflict',
          code: 'overtaken',
          what: expect.stringContaining(found),
          where: expect.stringContaining(web.key),
        },
      });

      test('takes the edits of that service back where a weight was set', async () => {
        const from = unwrap(await director.snapshot());
        await given.others(`-e ${webLine} -r ${second.key} -m -w 0`);
        const changes = [
          toWeight(web, first, 400),
          toWeight(web, second, 600),
          { kind: 'add-server', service: web.key, server: { ...third, weight: 0 } } as const,
          toWeight(persistent, route, 30),
        ];
        expect(await director.apply(changes, from)).toMatchObject(
          overtaken(`${second.key} weight 0 instead of ${second.key} weight 60`),
        );
        const servers = [first, { ...second, weight: 0 }, { ...third, weight: 0 }];
        const others = { ...persistent, servers: [tunnelled, { ...route, weight: 30 }] };
        expect(await whole()).toEqual(ordered([{ ...web, servers }, others, ...untouched]));
      });

      test('adds a server again that was given weight before its removal', async () => {
        const from = unwrap(await director.snapshot());
        await given.others(`-e ${webLine} -r ${second.key} -m -w 61 -x 7`);
        const removal = { kind: 'remove-server', service: web.key, server: second } as const;
        expect(await director.apply([removal], from)).toMatchObject(overtaken('weight 61'));
        const servers = [first, { ...second, weight: 61, upperThreshold: 7 }];
        expect(await whole()).toEqual(ordered([{ ...web, servers }, persistent, ...untouched]));
      });

      test('takes a scheduler back that somebody had changed', async () => {
        const from = unwrap(await director.snapshot());
        await given.others(`-E ${webLine} -s lc`);
        const change = { kind: 'set-scheduler', service: { ...web, scheduler: 'wlc' } } as const;
        expect(await director.apply([change, toWeight(web, first, 4)], from)).toMatchObject(
          overtaken('scheduler lc instead of scheduler wrr'),
        );
        expect(await whole()).toEqual(
          ordered([{ ...web, scheduler: 'lc' }, persistent, ...untouched]),
        );
      });

      test('keeps thresholds, forwarding, tunnels and persistence beside the new weight', async () => {
        const from = unwrap(await director.snapshot());
        await given.others(
          `-e ${webLine} -r ${first.key} -m -w 40 -x 777 -y 50`,
          '-e -t 10.0.1.120:80 -r 10.0.2.13 -i -w 0 --tun-type gre',
          '-e -t 10.0.1.120:80 -r 10.0.2.14 -i -w 3',
          '-E -t 10.0.1.120:80 -s wlc -p 900',
        );
        const changes = [
          toWeight(web, first, 1),
          toWeight(web, second, 2),
          { kind: 'set-scheduler', service: { ...persistent, scheduler: 'rr' } } as const,
          toWeight(persistent, tunnelled, 7),
          toWeight(persistent, route, 8),
        ];
        const after = await director.apply(changes, from);
        const { upperThreshold: _, tunnel: __, ...plain } = tunnelled;
        const tunnel = { type: 'gre' } as const;
        const expected = [
          {
            ...web,
            servers: [
              { ...first, weight: 1, upperThreshold: 777 },
              { ...second, weight: 2 },
            ],
          },
          {
            ...persistent,
            scheduler: 'rr',
            persistence: { timeoutS: 900 },
            servers: [
              { ...plain, weight: 7, upperThreshold: 0, tunnel: expect.objectContaining(tunnel) },
              { ...route, weight: 8, forwarding: 'tunnel', tunnel: { type: 'ipip' } },
            ],
          },
        ] as readonly VirtualService[];
        expect(servicesOf(after)).toEqual(ordered(expected));
        expect(await whole()).toEqual(ordered([...expected, ...untouched]));
      });

      test('sees nothing wrong with what was set to the same, or beside the edits', async () => {
        const from = unwrap(await director.snapshot());
        await given.others(
          `-e ${webLine} -r ${first.key} -m -w 1 -x 100 -y 50`,
          `-e ${webLine} -r ${second.key} -m -w 61 -x 5`,
        );
        const after = await director.apply([toWeight(web, first, 1)], from);
        const servers = [
          { ...first, weight: 1 },
          { ...second, weight: 61, upperThreshold: 5 },
        ];
        expect(servicesOf(after)).toEqual(ordered([{ ...web, servers }]));
      });
    });

    test('tells when it is not known what stands, where ipvsadm stopped', async () => {
      const result = await director.apply([toWeight(web, first, 1), toWeight(web, second, 1.5)]);
      expect(result).toMatchObject({
        ok: false,
        failure: {
          kind: 'director',
          what: expect.stringMatching(
            /illegal weight specified; it is not known which of the 2 changes/,
          ),
        },
      });
    });

    test('samples in the order asked for, after the last change', async () => {
      await director.apply([toWeight(web, first, 0)]);
      const changed = { ...web, servers: [{ ...first, weight: 0 }, second] };
      expect(unwrap(await director.sample([persistent.key, web.key]))).toEqual([
        sampleOf(persistent),
        sampleOf(changed),
      ]);
    });

    test('makes 400 changes at once', async () => {
      const added = Array.from({ length: 200 }, (_, index) =>
        realServer('10.0.2.15', index, { port: 10_000 + index }),
      );
      const after = await director.apply([
        ...added.map((server) => ({ kind: 'add-server', service: web.key, server }) as const),
        ...added.map((server) => toWeight(web, server, server.weight + 1_000)),
      ]);
      const servers = added.map((server) => ({ ...server, weight: server.weight + 1_000 }));
      expect(servicesOf(after)).toEqual(
        ordered([{ ...web, servers: [first, second, ...servers] }]),
      );
    });

    test('has no connections without clients', async () => {
      expect(unwrap(await director.connections()).entries).toEqual([]);
      const totals = unwrap(await director.totals([web.key, web.key]));
      expect([...totals.keys()]).toEqual([web.key]);
      const none = { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 };
      expect([...(totals.get(web.key)?.values() ?? [])]).toEqual([none, none]);
    });

    // Nobody connects to a table that is a file.
    if (!hasClients) return;
    test('counts and lists the connections of its clients', async () => {
      for (let index = 0; index < 5; index++) await given.connect?.(80);
      const [sample] = unwrap(await director.sample([web.key]));
      const counts = [first, second].map(({ key }) => sample?.servers.get(key)?.activeConn);
      // 60 beside 40 in a cycle of five.
      expect(counts).toEqual([2, 3]);
      const { entries, timeouts } = unwrap(await director.connections());
      expect(timeouts.tcpS).toBe(900);
      expect(entries).toHaveLength(5);
      const looked = unwrap(await director.look([web.key, web.key]));
      const ends = (all: typeof entries) => all.map(({ client }) => client.port).sort();
      expect(ends(looked.connections.entries)).toEqual(ends(entries));
      expect(looked.snapshot).toEqual(unwrap(await director.snapshot([web.key])));
      for (const entry of entries) {
        expect(entry).toMatchObject({
          protocol: 'TCP',
          state: 'ESTABLISHED',
          virtual: { address: '10.0.1.100', port: 80 },
        });
      }
      const listed = entries.map(({ server }) => server).sort();
      expect(listed).toEqual([first, first, second, second, second].map(({ key }) => key));
      const ports = new Set(entries.map(({ client }) => client.port));
      expect(ports.size).toBe(5);
      // The kernel's estimator is up to two seconds behind.
      await given.pass?.(2_500);
      const totals = unwrap(await director.totals([web.key])).get(web.key);
      expect([first, second].map(({ key }) => totals?.get(key)?.connections)).toEqual([2, 3]);
      const [measured] = unwrap(await director.measure()).services.filter(
        ({ key }) => key === web.key,
      );
      expect(measured?.totals.connections).toBe(5);
      for (const server of measured?.servers ?? []) {
        expect(server.activeConn).toBe(server.key === first.key ? 2 : 3);
        expect(server.totals).toEqual(totals?.get(server.key));
      }
    });
  });
}
