import { address, batch, cable, inNamespace, virtualAddresses } from './topology.ts';

/**
 * Four directors beside the lab's own, and two machines to control them from:
 *
 *     client ── client net ──┬── lb1 ──┬── server net ── rs1 … rs5
 *        one route, spread   ├── lb2 ──┤      │ eth1, answers straight to the client
 *        over the directors  ├── lb3 ──┤
 *                            └── lb4 ──┘
 *                                 │ 10.0.9.0/24, which can be cut director by director
 *                            ctl1, ctl2
 *
 * Each director has the service address on its lo, as it has with anycast behind routers that spread
 * by ports (ECMP). Direct routing: so whoever carries a connection, its answers find the client.
 */
export interface FleetDirector {
  readonly name: 'lb1' | 'lb2' | 'lb3' | 'lb4';
  /** Where it listens for its controllers. */
  readonly address: string;
  /** As `--director` has it. */
  readonly where: string;
  readonly clientSide: string;
  readonly serverSide: string;
}

const director = (number: 1 | 2 | 3 | 4): FleetDirector => ({
  name: `lb${number}`,
  address: `10.0.9.1${number}`,
  where: `ssh://root@10.0.9.1${number}`,
  clientSide: `10.0.1.20${number}`,
  serverSide: `10.0.2.20${number}`,
});

export const fleetDirectors = [director(1), director(2), director(3), director(4)] as const;

export const controllers = { ctl1: '10.0.9.1', ctl2: '10.0.9.2' } as const;

/** What clients ask for, on all directors. */
export const fleetTarget = { address: virtualAddresses.v4.route, port: 80 } as const;

/** The namespace in which the lab's bridges are. */
const inSwitch = 'nsenter --net=/proc/1/ns/net ';

/** The shell script that adds all this to a lab. */
export function fleetScript(): string {
  const names = [...fleetDirectors.map(({ name }) => name), ...Object.keys(controllers)];
  const [head = '', ...links] = batch([
    'link add fleet-net type bridge',
    'link set fleet-net up',
    ...fleetDirectors.flatMap(({ name }) => [
      ...cable(`${name}-client`, 'client-net', name, 'eth0'),
      ...cable(`${name}-server`, 'server-net', name, 'eth1'),
      ...cable(`${name}-fleet`, 'fleet-net', name, 'eth2'),
    ]),
    ...Object.keys(controllers).flatMap((name) => cable(name, 'fleet-net', name, 'eth0')),
  ]);
  const lines = [
    'set -eu',
    ...batch(names.map((name) => `netns add ${name}`)),
    `${inSwitch}${head}`,
    ...links,
    ...fleetDirectors.flatMap((one) =>
      inNamespace(
        one.name,
        [
          ...['net.ipv4.ip_forward=1', 'net.ipv4.conf.all.arp_ignore=1'],
          'net.ipv4.conf.all.arp_announce=2',
        ],
        [
          ...['lo', 'eth0', 'eth1', 'eth2'].map((device) => `link set ${device} up`),
          address(`${fleetTarget.address}/32`, 'lo'),
          address(`${one.clientSide}/24`, 'eth0'),
          address(`${one.serverSide}/24`, 'eth1'),
          address(`${one.address}/24`, 'eth2'),
        ],
      ),
    ),
    'nsenter --net=/run/netns/client sysctl -qw net.ipv4.fib_multipath_hash_policy=1',
    ...Object.entries(controllers).flatMap(([name, own]) =>
      inNamespace(name, [], ['link set lo up', 'link set eth0 up', address(`${own}/24`, 'eth0')]),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** Spreads the clients' connections over these directors by a hash of addresses and ports. */
export const spreadScript = (over: readonly FleetDirector[]): string =>
  `ip -n client route replace ${fleetTarget.address}/32 ${over.map(({ clientSide }) => `nexthop via ${clientSide}`).join(' ')}
`;

/** Its line to the controllers: what is sent over it vanishes. */
export const lineScript = (name: string, state: 'up' | 'down'): string =>
  `${inSwitch}ip link set ${name}-fleet ${state}\n`;

/** Takes all of it away, so that the lab is as it was. */
export const removeScript = (): string =>
  [
    `ip -n client route del ${fleetTarget.address}/32`,
    // The next fleet has these addresses on other interfaces: who believes the old ones sends into the void.
    'ip -n client neigh flush dev eth0',
    ...[...fleetDirectors.map(({ name }) => name), ...Object.keys(controllers)].flatMap((name) => [
      `for pid in $(ip netns pids ${name}); do kill -KILL $pid 2>/dev/null || :; done`,
      `ip netns del ${name}`,
    ]),
    `${inSwitch}ip link del fleet-net`,
    '',
  ].join('\n');
