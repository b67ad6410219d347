/**
 * The networks inside the lab's kernel. Nothing here is connected to the host.
 *
 *     client ──┬── client net 10.0.1.0/24, fd00:1::/64 ──┬── director ── server net 10.0.2.0/24, fd00:2::/64
 *              │                                         │                         │ eth0
 *              └──────────── eth1 (answers to direct-routed and tunnelled) ─────── rs1 … rs5
 *
 * The director is the real servers' default gateway (masquerading). Answers that carry one of the
 * addresses for direct routing or tunnelling leave a real server by eth1, straight to the client.
 */
export type Method = 'nat' | 'route' | 'tunnel';

export const mostRealServers = 5;

/** Addresses of the client, usable as source addresses: 10.0.1.2 … 10.0.1.33 and fd00:1::2 … fd00:1::21. */
export const clientAddresses = {
  v4: Array.from({ length: 32 }, (_, index) => `10.0.1.${index + 2}`),
  v6: Array.from({ length: 32 }, (_, index) => `fd00:1::${(index + 2).toString(16)}`),
} as const;

/** Virtual addresses on the director, and for `route` and `tunnel` on each real server's lo. */
export const virtualAddresses = {
  v4: { nat: '10.0.1.100', route: '10.0.1.110', tunnel: '10.0.1.120' },
  v6: { nat: 'fd00:1::100', route: 'fd00:1::110', tunnel: 'fd00:1::120' },
} as const;

/** Whatever is sent to these addresses carries the firewall mark 7. */
export const marked = { mark: 7, v4: '10.0.1.130', v6: 'fd00:1::130' } as const;

/** Every real server answers HTTP on `tcp` and echoes on `udp`. */
export const serverPorts = {
  tcp: [80, 443, 8080, 8081, 8082, 8083, 8084, 8085],
  udp: [53, 123, 5060, 8080],
} as const;

/** Where a real server takes the orders of guest/restart.mjs. */
export const controlPort = 7_999;

export interface RealServerHost {
  /** `rs1`: its namespace, and what it answers. */
  readonly name: string;
  readonly v4: string;
  readonly v6: string;
}

/** `rs1` is 10.0.2.11 and fd00:2::11, `rs5` is 10.0.2.15 and fd00:2::15. */
export const realServers: readonly RealServerHost[] = Array.from(
  { length: mostRealServers },
  (_, index) => ({
    name: `rs${index + 1}`,
    v4: `10.0.2.${index + 11}`,
    v6: `fd00:2::${index + 11}`,
  }),
);

const schedulers = 'rr wrr lc wlc fo ovf lblc lblcr dh sh mh sed nq'
  .split(' ')
  .map((name) => `ip_vs_${name}`);

const withoutFilters = [
  'net.ipv4.conf.all.rp_filter=0',
  'net.ipv4.conf.default.rp_filter=0',
  'net.ipv4.conf.all.send_redirects=0',
  'net.ipv4.conf.default.send_redirects=0',
  'net.ipv4.conf.all.accept_redirects=0',
  'net.ipv6.conf.all.accept_dad=0',
  'net.ipv6.conf.default.accept_dad=0',
  'net.ipv6.conf.all.accept_redirects=0',
  'net.ipv6.conf.default.accept_redirects=0',
];

export const inNamespace = (
  name: string,
  sysctls: readonly string[],
  ip: readonly string[],
): string[] => [
  `nsenter --net=/run/netns/${name} sysctl -qw ${[...withoutFilters, ...sysctls].join(' ')}`,
  ...batch(ip, `-n ${name} `),
];

export const batch = (lines: readonly string[], options = ''): string[] => [
  `ip ${options}-batch - <<'END'`,
  ...lines,
  'END',
];

export const cable = (
  outer: string,
  bridge: string,
  namespace: string,
  inner: string,
): string[] => [
  `link add ${outer} type veth peer name ${inner} netns ${namespace}`,
  `link set ${outer} master ${bridge} up`,
];

export const address = (text: string, device: string): string =>
  `address add ${text} dev ${device}${text.includes(':') ? ' nodad' : ''}`;

const hosts = (group: object): string[] =>
  Object.values(group).map((one: string) => (one.includes(':') ? `${one}/128` : `${one}/32`));

const replyRules = ({ route, tunnel }: { route: string; tunnel: string }): string[] =>
  [route, tunnel].map((one) => `rule add from ${one} lookup 100`);

/** The shell script that builds all this, as root of an empty kernel with a tmpfs on /run. */
export function topologyScript(): string {
  const onServers = [virtualAddresses.v4, virtualAddresses.v6].flatMap((family) => [
    family.route,
    family.tunnel,
  ]);
  const onDirector = [
    ...hosts(virtualAddresses.v4),
    ...hosts(virtualAddresses.v6),
    ...hosts([marked.v4, marked.v6]),
  ];
  const lines = [
    'set -eu',
    `modprobe -a veth bridge ipip ip6_tunnel sch_ingress cls_flower act_skbedit ip_vs ${schedulers.join(' ')}`,
    'sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1',
    ...batch([
      ...['client', 'director', ...realServers.map(({ name }) => name)].map(
        (name) => `netns add ${name}`,
      ),
      'link add client-net type bridge',
      'link set client-net up',
      'link add server-net type bridge',
      'link set server-net up',
      ...cable('client', 'client-net', 'client', 'eth0'),
      ...cable('director', 'client-net', 'director', 'eth0'),
      ...cable('gateway', 'server-net', 'director', 'eth1'),
      ...realServers.flatMap(({ name }) => [
        ...cable(name, 'server-net', name, 'eth0'),
        ...cable(`${name}-direct`, 'client-net', name, 'eth1'),
      ]),
    ]),
    ...inNamespace(
      'client',
      ['"net.ipv4.ip_local_port_range=1024 65535"'],
      [
        'link set lo up',
        'link set eth0 up',
        ...clientAddresses.v4.map((one) => address(`${one}/24`, 'eth0')),
        ...clientAddresses.v6.map((one) => address(`${one}/64`, 'eth0')),
        'route add default via 10.0.1.1',
        'route add default via fd00:1::1',
      ],
    ),
    ...inNamespace(
      'director',
      ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'],
      [
        'link set lo up',
        'link set eth0 up',
        'link set eth1 up',
        address('10.0.1.1/24', 'eth0'),
        address('fd00:1::1/64', 'eth0'),
        address('10.0.2.1/24', 'eth1'),
        address('fd00:2::1/64', 'eth1'),
        ...onDirector.map((one) => address(one, 'eth0')),
      ],
    ),
    // This kernel's nftables knows no IP family, so traffic control sets the mark.
    "tc -n director -batch - <<'END'",
    'qdisc add dev eth0 ingress',
    `filter add dev eth0 ingress protocol ip flower dst_ip ${marked.v4} action skbedit mark ${marked.mark}`,
    `filter add dev eth0 ingress protocol ipv6 flower dst_ip ${marked.v6} action skbedit mark ${marked.mark}`,
    'END',
    ...realServers.flatMap(({ name, v4, v6 }) =>
      inNamespace(
        name,
        ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2'],
        [
          'link set lo up',
          'link set eth0 up',
          'link set eth1 up',
          'link set tunl0 up',
          'link set ip6tnl0 up',
          address(`${v4}/24`, 'eth0'),
          address(`${v6}/64`, 'eth0'),
          // An address for ARP to name, without a route that would bypass the director.
          address(`${v4.replace('10.0.2.', '10.0.1.2')}/32`, 'eth1'),
          ...hosts(onServers).map((one) => address(one, 'lo')),
          'route add default via 10.0.2.1',
          'route add default via fd00:2::1',
          'route add 10.0.1.0/24 dev eth1 table 100',
          'route add fd00:1::/64 dev eth1 table 100',
        ],
      ),
    ),
    ...realServers.flatMap(({ name }) => [
      ...batch(replyRules(virtualAddresses.v4), `-4 -n ${name} `),
      ...batch(replyRules(virtualAddresses.v6), `-6 -n ${name} `),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
