import fc from 'fast-check';
import {
  type ServerKey,
  type ServiceAddress,
  serverKey,
  serviceKey,
} from '../../src/domain/address.ts';
import {
  forwardingOptions,
  selectService,
  serviceOptions,
  tunnelWords,
} from '../../src/ipvs/ipvsadm-args.ts';
import { sortServices } from '../../src/ipvs/simulated/listings/listing-order.ts';
import { KernelService } from '../../src/ipvs/simulated/table/kernel-service.ts';
import { anyAddress, anyServiceAddress, anyTunnel } from './listing-arbitraries.ts';

/** The arguments of one `ipvsadm` process, or the words of one line of its `-R`. */
export type Command = readonly string[];

/** Few services and servers, so that most commands of a sequence hit something. */
interface Names {
  readonly services: readonly ServiceAddress[];
  readonly servers: readonly {
    readonly key: ServerKey;
    readonly address: string;
    readonly port: number;
  }[];
}

/** A command that does not know yet which names there are. */
type Draft = (names: Names) => Command;

const port = fc.oneof(fc.constantFrom(0, 80, 8080), fc.nat({ max: 65_535 }));

/** Unicast or not, of which the kernel makes a difference. */
const serverAddress = fc.oneof(
  { weight: 4, arbitrary: anyAddress },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...['127.0.0.1', '0.0.0.0', '0.1.2.3', '255.255.255.255', '224.0.0.1', '240.0.0.1'],
      ...['::1', '::', 'fe80::1', 'ff02::1', '::ffff:10.0.0.1', 'fec0::1', '2001:db8::1'],
    ),
  },
);

const anyNames: fc.Arbitrary<Names> = fc.record({
  services: fc
    .uniqueArray(anyServiceAddress, { minLength: 2, maxLength: 5, selector: serviceKey })
    .filter(haveOneOrder),
  servers: fc.array(
    fc
      .record({ address: serverAddress, port })
      .map((one) => ({ ...one, key: serverKey(one.address, one.port) })),
    { minLength: 2, maxLength: 5 },
  ),
});

/**
 * Some services sort in a circle, because libipvs subtracts unsigned numbers. The listing then depends
 * on the order in the kernel's hash table, which is another one after every boot.
 */
function haveOneOrder(addresses: readonly ServiceAddress[]): boolean {
  const services = addresses.map((address) => new KernelService(address, anySettings));
  const precedes = (a: KernelService, b: KernelService) => sortServices([b, a])[0] === a;
  return services.every((a) =>
    services.every(
      (b) =>
        a === b ||
        (precedes(a, b) !== precedes(b, a) &&
          services.every((c) => !(precedes(a, b) && precedes(b, c) && precedes(c, a)))),
    ),
  );
}

const anySettings = {
  ...{ scheduler: 'wlc', schedulerFlags: 0, persistent: false, persistenceTimeoutS: 0 },
  ...{ netmask: 0, engine: '', onePacket: false },
};

const index = fc.nat({ max: 9 });
const at = <T>(list: readonly T[], place: number): T => list[place % list.length] as T;
const words = (text: string): Command => text.split(' ').filter((word) => word !== '');

const isV6 = (service: ServiceAddress): boolean =>
  service.kind === 'fwmark' ? service.family === 6 : service.address.includes(':');

const anyFlags = fc.oneof(
  { weight: 3, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc.subarray(['flag-1', 'flag-2', 'flag-3']),
  },
);
const schedulerAndFlags = fc.oneof(
  fc.record({
    scheduler: fc.constantFrom(
      ...['rr', 'wrr', 'lc', 'wlc', 'sed', 'nq', 'fo', 'ovf', 'dh', 'lblc', 'lblcr', 'nosuch'],
    ),
    schedulerFlags: anyFlags,
  }),
  fc.record({
    scheduler: fc.constant('sh'),
    schedulerFlags: fc.subarray(['sh-fallback', 'sh-port', 'flag-3']),
  }),
  fc.record({
    scheduler: fc.constant('mh'),
    schedulerFlags: fc.subarray(['mh-fallback', 'mh-port']),
  }),
);

/** `-A` and `-E`, with options that ipvsadm itself accepts; what the kernel says is another thing. */
const serviceEdit: fc.Arbitrary<Draft> = fc
  .record({
    option: fc.constantFrom('-A', '-A', '-E'),
    service: index,
    schedulerAndFlags,
    timeoutS: fc.option(fc.integer({ min: 1, max: 2_678_400 })),
    masked: fc.boolean(),
    v4Mask: fc.constantFrom('255.255.255.0', '255.0.0.0', '0.0.0.255', '255.255.255.255'),
    v6Mask: fc.integer({ min: 1, max: 128 }),
    engine: fc.oneof(
      { weight: 8, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom('sip', 'nosuch') },
    ),
    onePacket: fc.boolean(),
  })
  .map((given) => ({ services }) => {
    const service = at(services, given.service);
    const { engine, v4Mask, v6Mask } = given;
    const needsPersistence = service.kind === 'address' && service.port === 0;
    const timeoutS = given.timeoutS ?? (needsPersistence ? 360 : undefined);
    const mayBeOnePacket = service.kind === 'fwmark' || service.protocol === 'udp';
    const netmask = isV6(service) ? String(v6Mask) : v4Mask;
    const options = serviceOptions({
      ...given.schedulerAndFlags,
      ...(timeoutS !== undefined && {
        persistence: { timeoutS, ...(given.masked && { netmask }) },
      }),
      ...(engine !== undefined && { engine }),
      onePacket: given.onePacket && mayBeOnePacket,
    });
    return words(`${given.option} ${selectService(service)} ${options}`);
  });

const weight = fc.oneof(fc.nat({ max: 10 }), fc.nat({ max: 65_535 }), fc.nat({ max: 2 ** 31 - 1 }));
const threshold = fc.oneof(fc.constant(0), fc.nat({ max: 100 }), fc.nat({ max: 2 ** 31 - 1 }));

/** `-a` and `-e`: what ipvsadm would refuse by itself is left to `hostile`. */
const serverEdit: fc.Arbitrary<Draft> = fc
  .record({
    option: fc.constantFrom('-a', '-a', '-e'),
    service: index,
    server: index,
    forwarding: fc.constantFrom('masq' as const, 'route' as const, 'tunnel' as const),
    tunnel: fc.option(
      anyTunnel.filter(
        ({ type, checksum, port }) =>
          port !== 0 && !(type === 'gre' && checksum === 'remcsum') && type !== undefined,
      ),
      { nil: undefined },
    ),
    weight: fc.option(weight),
    upper: fc.option(threshold),
    lower: fc.option(threshold, { freq: 1 }),
  })
  .map((given) => ({ services, servers }) => {
    const service = at(services, given.service);
    const server = at(servers, given.server);
    const sameFamily = server.address.includes(':') === isV6(service);
    const forwarding = sameFamily ? given.forwarding : 'tunnel';
    return words(
      [
        `${given.option} ${selectService(service)} -r ${server.key} ${forwardingOptions[forwarding]}`,
        given.weight === null ? '' : `-w ${given.weight}`,
        given.upper === null ? '' : `-x ${given.upper}`,
        given.lower === null ? '' : `-y ${given.lower}`,
        forwarding === 'tunnel' ? tunnelWords(given.tunnel) : '',
      ].join(' '),
    );
  });

const serverRemoval: fc.Arbitrary<Draft> = fc.tuple(index, index).map(
  ([service, server]) =>
    ({ services, servers }) =>
      words(`-d ${selectService(at(services, service))} -r ${at(servers, server).key}`),
);

const ofOneService: fc.Arbitrary<Draft> = fc.tuple(fc.constantFrom('-D', '-Z', '-Z'), index).map(
  ([option, service]) =>
    ({ services }) =>
      words(`${option} ${selectService(at(services, service))}`),
);

const ofTheWhole: fc.Arbitrary<Draft> = fc
  .oneof(
    { weight: 1, arbitrary: fc.constant('-C') },
    { weight: 2, arbitrary: fc.constant('-Z') },
    { weight: 2, arbitrary: fc.constant('--stop-daemon master') },
    {
      weight: 4,
      arbitrary: fc
        .array(fc.integer({ min: 0, max: 2_678_400 }), { minLength: 3, maxLength: 3 })
        .map((timeouts) => `--set ${timeouts.join(' ')}`),
    },
  )
  .map((text) => () => words(text));

/** Numeric ones only: names and DNS differ between machines, and so does the order of `--nosort`. */
const wholeListing: fc.Arbitrary<Draft> = fc
  .constantFrom(
    ...['-Sn', '-Ln', '-Ln --thresholds', '-Ln --persistent-conn', '-Ln --tun-info', '-Lnc'],
    ...['-Ln --stats', '-Ln --stats --exact', '-Ln --rate', '-Lnc --persistent-conn'],
    ...['-Ln --timeout', '-Ln --daemon', '-Ln --sort', '-ln'],
  )
  .map((text) => () => words(text));

/** Without the service, ipvsadm ends here, even in the middle of `-R`. */
const serviceListing: fc.Arbitrary<Draft> = fc
  .tuple(
    index,
    fc.constantFrom(
      ...['', '--thresholds', '--persistent-conn', '--tun-info', '--stats', '--rate --exact'],
      ...['--nosort', '--thresholds --nosort'],
    ),
  )
  .map(
    ([service, view]) =>
      ({ services }) =>
        words(`-Ln ${selectService(at(services, service))} ${view}`),
  );

const edit: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 30, arbitrary: serviceEdit },
  { weight: 90, arbitrary: serverEdit },
  { weight: 25, arbitrary: serverRemoval },
  { weight: 4, arbitrary: ofOneService },
);

/** What no program should hand to ipvsadm, and somebody will. Host and port names would be looked up. */
const hostileWord = fc.constantFrom(
  ...['', '-1', '1.5', '0x10', '+8', '007', 'abc', '7abc', '2147483647', '2147483648', '65536'],
  ...['4294967296', '99999999999999999999', '9'.repeat(5_000), 'x'.repeat(5_000), '%s%n', '$HOME'],
  ...[';', '#', '\\', '"5"', "'5'", '-', '--', '-q', '-Lnq', '--bogus', '--bogus=1', '--list=5'],
  ...['-w', '-r', '-t', '-f', '-s', '-x', '-y', '-p', '-p5', '-M', '-o', '-b', '-m', '-g', '-i'],
  ...['-6', '-Z', '-A', '-Ln', '-Sn', '-R', '-v', '-n', '-X', '--exact', '--stats', '--rate'],
  ...['--thresholds', '--persistent-conn', '--timeout', '--daemon', '-c', '--tun-info', '--pe'],
  ...['--tun-type', 'gue', 'gre', '--tun-port', '--tun-nocsum', '--tun-csum', '--tun-remcsum'],
  ...['--weight=5', '-w=5', '-w5', '--set', '--syncid', '256', '--mcast-interface', 'sip', 'wrr'],
  ...['sh-port', 'flag-1,', ',flag-2', 'flag-9', '255.255.255.0', '64', '129', '0', '-f 0'],
  ...['[::1]', '[::1]:80', '::1', '[10.0.0.1]:80', '10.1:80', '10.0.0.1:', ':80', '80', ':'],
  ...['10.0.0.1:99999', '10.0.0.1:-1', '10.0.0.1:80:90', '10.0.0.010:80', '300.0.0.1:80', '0:80'],
  ...['10.0.0.1.1:80', '::1:80', '[::1]80', '[::1:80', '1:2:3:4:5:6:7:8:9', 'fe80::1%eth0'],
);

type Mutation = (command: Command, place: number, word: string) => Command;
const mutations: readonly Mutation[] = [
  (command, place) => (command.length > 1 ? command.toSpliced(place, 1) : command),
  (command, place) => command.toSpliced(place, 0, command[place] ?? ''),
  (command, place, word) => command.with(place, word),
  (command, place, word) => command.toSpliced(place + 1, 0, word),
  (command, place, word) => command.with(place, `${command[place]}${word}`),
  (command, place) => command.toSpliced(place, 2, command.slice(place, place + 2).join('')),
  (command, place) => command.toSpliced(place, 2, command.slice(place, place + 2).join('=')),
  (command, place) => [...command.slice(place), ...command.slice(0, place)],
];

const hostile: fc.Arbitrary<Draft> = fc
  .record({
    draft: fc.oneof(edit, edit, ofTheWhole, wholeListing, serviceListing),
    mutation: fc.constantFrom(...mutations),
    place: fc.nat({ max: 30 }),
    word: hostileWord,
  })
  .map(({ draft, mutation, place, word }) => (names) => {
    const command = draft(names);
    return mutation(command, place % command.length, word);
  });

/** A table with all the services, from which a sequence goes on. */
const addServices = ({ services }: Names): readonly Command[] =>
  services.map((service) => words(`-A ${selectService(service)} -p`));

/** Processes one after another on one table, a third of them with something wrong. */
export const anyProcesses: fc.Arbitrary<readonly Command[]> = fc
  .tuple(
    anyNames,
    fc.array(
      fc.oneof(
        { weight: 8, arbitrary: edit },
        { weight: 1, arbitrary: ofTheWhole },
        { weight: 1, arbitrary: wholeListing },
        { weight: 1, arbitrary: serviceListing },
        { weight: 5, arbitrary: hostile },
      ),
      { maxLength: 60, size: 'max' },
    ),
  )
  .map(([names, drafts]) => [...addServices(names), ...drafts.map((draft) => draft(names))]);

/** What may stand before, between and behind the words of a line. */
const spelling = fc.record({
  before: fc.constantFrom('', '', '', ' ', 'ipvsadm ', '\n', '\t', '\r\n'),
  between: fc.constantFrom(' ', ' ', ' ', '\t', '  ', ' \t '),
  after: fc.constantFrom('', '', '', '\r', ' ', '  ', '\t\r'),
});

/** The lines of one `ipvsadm -R`: edits of all kinds with listings between. A mistake ends most of them. */
export const anyBatch: fc.Arbitrary<readonly string[]> = fc
  .tuple(
    anyNames,
    fc.array(
      fc.tuple(
        fc.oneof(
          { weight: 300, arbitrary: edit },
          { weight: 8, arbitrary: ofTheWhole },
          { weight: 90, arbitrary: wholeListing },
          { weight: 4, arbitrary: serviceListing },
          { weight: 2, arbitrary: hostile },
        ),
        spelling,
      ),
      { maxLength: 300, size: 'max' },
    ),
  )
  .map(([names, lines]) => [
    ...addServices(names).map((command) => command.join(' ')),
    ...lines.map(
      ([draft, { before, between, after }]) => before + draft(names).join(between) + after,
    ),
  ]);
