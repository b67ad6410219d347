import { describe, expect, it } from 'vitest';
import type { Wanted } from '../../../src/kube/wanted/wanted.ts';
import { wantedOf } from '../../../src/kube/wanted/wanted-of.ts';
import {
  type ClusterSketch,
  cluster,
  node,
  nowMs,
  service,
  slice,
} from '../../support/kube/cluster-objects.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';

const wanted = (sketch: ClusterSketch, lines = ''): Wanted =>
  wantedOf(settingsOf(lines), cluster(sketch), { nowMs });

/** `10.0.0.1:30080 serves 1`, `10.0.0.2:30080 leaves 0 no-endpoint at-once observed`. */
const servers = ({ services }: Wanted, index = 0): readonly string[] =>
  (services[index]?.servers ?? []).map(({ key, capacity, presence }) => {
    const why =
      presence.kind === 'leaves'
        ? ` ${presence.cause} ${presence.pace} ${presence.basis}`
        : presence.kind === 'waits'
          ? ` ${presence.why}`
          : '';
    return `${key} ${presence.kind} ${capacity}${why}`;
  });

const three = [node('n1'), node('n2'), node('n3')];
const local = { externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 };

describe('a Service of eTP Cluster', () => {
  it('has each node at its node port, all alike, whatever its endpoints', () => {
    const { services } = wanted({
      nodes: three,
      services: [service('web')],
      slices: [slice('web', 's', [{ at: '10.1.0.1', node: 'n1' }])],
    });
    expect(services).toEqual([
      {
        service: 'tcp/203.0.113.10:80',
        of: { namespace: 'shop', name: 'web', port: 'http' },
        uid: 'uid-web',
        forwarding: 'masq',
        persistence: undefined,
        phase: 'serving',
        check: expect.objectContaining({
          probe: expect.objectContaining({ url: 'http://{address}:10256/healthz' }),
        }),
        leaveOverMs: undefined,
        reusesAddresses: false,
        servers: ['1', '2', '3'].map((n) => ({
          key: `10.0.0.${n}:30080`,
          address: `10.0.0.${n}`,
          port: 30_080,
          node: `n${n}`,
          uid: `uid-n${n}`,
          capacity: 1,
          presence: { kind: 'serves' },
        })),
      },
    ]);
  });

  it('keeps its nodes when no endpoint is ready: none of them is better than another', () => {
    expect(servers(wanted({ nodes: three, services: [service('web')] }))).toEqual([
      '10.0.0.1:30080 serves 1',
      '10.0.0.2:30080 serves 1',
      '10.0.0.3:30080 serves 1',
    ]);
  });

  it('weighs by the node and by the Service where they say so', () => {
    const nodes = [node('n1', { annotations: { 'drain.example/weight': '4' } }), node('n2')];
    const plain = wanted({ nodes, services: [service('web')] });
    expect(servers(plain)).toEqual(['10.0.0.1:30080 serves 4', '10.0.0.2:30080 serves 1']);
    const times = service('web', { annotations: { 'drain.example/weight': '10' } });
    expect(servers(wanted({ nodes, services: [times] }))).toEqual([
      '10.0.0.1:30080 serves 40',
      '10.0.0.2:30080 serves 10',
    ]);
  });

  it('by endpoints prefers nodes that have some, and drops none', () => {
    const by = service('web', { annotations: { 'drain.example/weight': 'endpoints' } });
    const slices = [
      slice('web', 's', [
        { at: '10.1.0.1', node: 'n1' },
        { at: '10.1.0.2', node: 'n1' },
      ]),
    ];
    expect(servers(wanted({ nodes: [node('n1'), node('n2')], services: [by], slices }))).toEqual([
      '10.0.0.1:30080 serves 2',
      '10.0.0.2:30080 serves 1',
    ]);
  });
});

describe('a Service of eTP Local', () => {
  const of = (slices: readonly unknown[], spec = {}) =>
    servers(
      wanted({ nodes: three, services: [service('web', { spec: { ...local, ...spec } })], slices }),
    );

  it('weighs each node by its ready endpoints; a node without one leaves at once', () => {
    expect(
      of([
        slice('web', 'a', [
          { at: '10.1.0.1', node: 'n1' },
          { at: '10.1.0.2', node: 'n1' },
        ]),
        slice('web', 'b', [
          { at: '10.1.0.3', node: 'n2' },
          { at: '10.1.0.4', node: 'n3', ready: false },
        ]),
      ]),
    ).toEqual([
      '10.0.0.1:30080 serves 2',
      '10.0.0.2:30080 serves 1',
      '10.0.0.3:30080 leaves 0 no-endpoint at-once observed',
    ]);
  });

  it('does not count what terminates and serves while another one is ready', () => {
    expect(
      of([
        slice('web', 'a', [
          { at: '10.1.0.1', node: 'n1' },
          { at: '10.1.0.2', node: 'n2', ready: false, serving: true, terminating: true },
        ]),
      ]),
    ).toEqual([
      '10.0.0.1:30080 serves 1',
      '10.0.0.2:30080 leaves 0 no-endpoint at-once observed',
      '10.0.0.3:30080 leaves 0 no-endpoint at-once observed',
    ]);
  });

  it('has those that terminate and serve when no other is ready in the whole Service', () => {
    const ending = { ready: false, serving: true, terminating: true };
    expect(
      of([
        slice('web', 'a', [{ at: '10.1.0.1', node: 'n1', ...ending }]),
        slice('web', 'b', [
          { at: '10.1.0.2', node: 'n2', ...ending },
          { at: '10.1.0.3', node: 'n2', ready: false, serving: false, terminating: true },
          { at: '10.1.0.4', node: 'n3', ready: false },
        ]),
      ]),
    ).toEqual([
      '10.0.0.1:30080 serves 1',
      '10.0.0.2:30080 serves 1',
      '10.0.0.3:30080 leaves 0 no-endpoint at-once observed',
    ]);
  });

  it('counts an endpoint once that stands in two slices, and believes the one that terminates', () => {
    const twice = [
      slice('web', 'a', [
        { at: '10.1.0.1', node: 'n1' },
        { at: '10.1.0.2', node: 'n2' },
        { at: '10.1.0.3', node: 'n3', ready: false },
      ]),
      slice('web', 'b', [
        { at: '10.1.0.1', node: 'n1' },
        { at: '10.1.0.2', node: 'n2', ready: false, serving: true, terminating: true },
        { at: '10.1.0.3', node: 'n3' },
      ]),
    ];
    const expected = [
      '10.0.0.1:30080 serves 1',
      '10.0.0.2:30080 leaves 0 no-endpoint at-once observed',
      '10.0.0.3:30080 serves 1',
    ];
    expect(of(twice)).toEqual(expected);
    expect(of([...twice].reverse())).toEqual(expected);
  });

  it('publishes what is not ready, but not what terminates', () => {
    expect(
      of(
        [
          slice('web', 'a', [
            { at: '10.1.0.1', node: 'n1', ready: true, serving: false },
            { at: '10.1.0.2', node: 'n2', ready: true, serving: true, terminating: true },
          ]),
        ],
        { publishNotReadyAddresses: true },
      ),
    ).toEqual([
      '10.0.0.1:30080 serves 1',
      '10.0.0.2:30080 leaves 0 no-endpoint at-once observed',
      '10.0.0.3:30080 leaves 0 no-endpoint at-once observed',
    ]);
  });

  it('gives nothing to a node by an endpoint that names none', () => {
    const result = wanted({
      nodes: [node('n1')],
      services: [service('web', { spec: local })],
      slices: [slice('web', 'a', [{ at: '10.1.0.1' }])],
    });
    expect(servers(result)).toEqual(['10.0.0.1:30080 leaves 0 no-endpoint at-once observed']);
    expect(result.problems.map(({ reason }) => reason)).toEqual(['EndpointsWithoutNode']);
  });

  it('counts only the slices of the port in question and of the family', () => {
    const ports = [
      { name: 'http', protocol: 'TCP', port: 80, nodePort: 30_080 },
      { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30_053 },
    ];
    const result = wanted({
      nodes: three,
      services: [service('web', { spec: local, ports })],
      slices: [
        slice('web', 'a', [{ at: '10.1.0.1', node: 'n1' }]),
        slice('web', 'b', [{ at: '10.1.0.2', node: 'n2' }], {
          ports: [{ name: 'dns', protocol: 'UDP', port: 5353 }],
        }),
        slice('web', 'c', [{ at: 'fd00::1', node: 'n3' }], { family: 'IPv6' }),
      ],
    });
    expect(servers(result, 0)[0]).toBe('10.0.0.1:30080 serves 1');
    expect(servers(result, 1)[1]).toBe('10.0.0.2:30053 serves 1');
    expect(
      [0, 1].flatMap((one) => servers(result, one)).filter((s) => s.includes('serves')),
    ).toHaveLength(2);
  });

  it('asks the health port of the Service', () => {
    const { services } = wanted({ nodes: three, services: [service('web', { spec: local })] });
    expect(services[0]?.check?.probe).toMatchObject({ url: 'http://{address}:31000/healthz' });
  });

  it('sends a node away at once that would have time for a ramp but has nobody left', () => {
    const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
    const result = wanted({
      nodes: [node('n1', { labels }), node('n2', { labels }), node('n3')],
      services: [service('web', { spec: local })],
      slices: [
        slice('web', 'a', [
          { at: '10.1.0.1', node: 'n1' },
          { at: '10.1.0.3', node: 'n3' },
        ]),
      ],
    });
    expect(servers(result)).toEqual([
      '10.0.0.1:30080 leaves 1 exclude-label ramp asked',
      '10.0.0.2:30080 leaves 0 exclude-label at-once asked',
      '10.0.0.3:30080 serves 1',
    ]);
  });
});

describe('the place of the servers', () => {
  const slices = [
    slice('web', 'a', [
      { at: '10.1.0.1', node: 'n1', uid: 'pod-a' },
      { at: '10.1.0.2', node: 'n2', uid: 'pod-b', ready: false },
      { at: '10.1.0.3', node: 'n2', uid: 'pod-c', ready: false, serving: true, terminating: true },
    ]),
  ];
  const at = (lines: string, nodes = three) =>
    wanted({ nodes, services: [service('web')], slices }, lines);

  it('service is the port of the Service, by direct routing', () => {
    const result = at('defaults: { to: service }');
    expect(result.services[0]?.forwarding).toBe('route');
    expect(servers(result)).toEqual([
      '10.0.0.1:80 serves 1',
      '10.0.0.2:80 serves 1',
      '10.0.0.3:80 serves 1',
    ]);
    expect(result.owners[0]?.ingress).toEqual([{ ip: '203.0.113.10', ipMode: 'VIP' }]);
  });

  it('hostPort is the port on nodes that have a ready endpoint, whatever the policy', () => {
    const result = at('defaults: { to: hostPort }');
    expect(result.services[0]).toMatchObject({
      forwarding: 'masq',
      check: { probe: { kind: 'tcp' } },
    });
    expect(servers(result)).toEqual([
      '10.0.0.1:80 serves 1',
      '10.0.0.2:80 leaves 0 no-endpoint at-once observed',
      '10.0.0.3:80 leaves 0 no-endpoint at-once observed',
    ]);
  });

  it('pods are the endpoints themselves, each with its own uid', () => {
    const result = at('defaults: { to: pods }');
    expect(result.services[0]).toMatchObject({ forwarding: 'masq', reusesAddresses: true });
    expect(result.services[0]?.servers.map(({ uid, node: name }) => `${uid} ${name}`)).toEqual([
      'pod-a n1',
      'pod-b n2',
      'pod-c n2',
    ]);
    expect(servers(result)).toEqual([
      '10.1.0.1:8080 serves 1',
      '10.1.0.2:8080 leaves 1 no-endpoint at-once observed',
      '10.1.0.3:8080 leaves 1 pod-terminating at-once asked',
    ]);
    expect(result.owners[0]?.ingress).toEqual([{ ip: '203.0.113.10', ipMode: 'Proxy' }]);
  });

  it('pods leave with a node that is about to die, not with one that is only labelled', () => {
    const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
    expect(servers(at('defaults: { to: pods }', [node('n1', { labels })]))[0]).toBe(
      '10.1.0.1:8080 serves 1',
    );
    expect(servers(at('defaults: { to: pods }', [node('n1', { deleted: true })]))[0]).toBe(
      '10.1.0.1:8080 leaves 1 node-deleting at-once asked',
    );
  });

  it('pods by direct routing need the port of the Service', () => {
    const result = at('defaults: { to: pods, forwarding: route }');
    expect(servers(result)).toEqual([]);
    expect(result.problems).toContainEqual(
      expect.objectContaining({
        reason: 'PortNotKept',
        message:
          'tcp/203.0.113.10:80: route keeps the port 80, and the pods listen on 8080: write forwarding: masq',
      }),
    );
  });

  it('pods on a named port that differs from pod to pod have each their own', () => {
    const two = [
      slice('web', 'a', [{ at: '10.1.0.1', node: 'n1' }]),
      slice('web', 'b', [{ at: '10.1.0.2', node: 'n1' }], {
        ports: [{ name: 'http', protocol: 'TCP', port: 9090 }],
      }),
    ];
    const result = wanted(
      { nodes: three, services: [service('web')], slices: two },
      'defaults: { to: pods }',
    );
    expect(servers(result)).toEqual(['10.1.0.1:8080 serves 1', '10.1.0.2:9090 serves 1']);
  });
});

describe('addresses of nodes', () => {
  it('are of the family of the virtual address', () => {
    const addresses = [
      { type: 'InternalIP', address: '10.0.0.1' },
      { type: 'InternalIP', address: 'FD00:0:0::1' },
    ];
    const dual = service('web', {
      annotations: { 'drain.example/address': '203.0.113.10, 2001:db8::10' },
    });
    const result = wanted({ nodes: [node('n1', { addresses }), node('n2')], services: [dual] });
    expect(result.services.map(({ service: key }) => key)).toEqual([
      'tcp/203.0.113.10:80',
      'tcp/[2001:db8::10]:80',
    ]);
    expect(servers(result, 1)).toEqual(['[fd00::1]:30080 serves 1']);
    expect(result.problems).toEqual([
      expect.objectContaining({
        reason: 'AddressUnknown',
        message: 'tcp/[2001:db8::10]:80: 1 of 2 nodes have no IPv6 address that may serve: n2',
      }),
    ]);
  });

  it('are of the type that the file names', () => {
    const addresses = [
      { type: 'InternalIP', address: '10.0.0.1' },
      { type: 'ExternalIP', address: '198.51.100.1' },
    ];
    const one = { nodes: [node('n1', { addresses })], services: [service('web')] };
    expect(servers(wanted(one))).toEqual(['10.0.0.1:30080 serves 1']);
    expect(servers(wanted(one, 'nodes: { address: ExternalIP }'))).toEqual([
      '198.51.100.1:30080 serves 1',
    ]);
  });

  it('are the first within the ranges of the file', () => {
    const addresses = ['192.168.1.1', '10.0.7.1', '10.0.8.1'].map((address) => ({
      type: 'InternalIP',
      address,
    }));
    const one = { nodes: [node('n1', { addresses })], services: [service('web')] };
    expect(servers(wanted(one, 'nodes: { within: [10.0.0.0/16] }'))).toEqual([
      '10.0.7.1:30080 serves 1',
    ]);
  });

  it.each([
    ['127.0.0.1', 'a loopback address'],
    ['::1', 'a loopback address'],
    ['169.254.10.1', 'a link-local address'],
    ['fe80::1', 'a link-local address'],
    ['0.0.0.0', 'no address of a machine'],
    ['255.255.255.255', 'no address of a machine'],
    ['224.0.0.1', 'a multicast address'],
    ['::ffff:10.0.0.1', 'an IPv4 address in the clothes of an IPv6 one'],
    ['203.0.113.10', 'that of a virtual service'],
    ['10.0.0.200', "a director's own"],
    ['10.1.0.1', 'outside nodes.within'],
  ])('that are %s are refused, and said once', (address, why) => {
    const settings = settingsOf('nodes: { within: [10.0.0.0/16, 203.0.113.0/24, "fd00::/8"] }');
    const snapshot = cluster({
      nodes: [node('n1', { address }), node('n2')],
      services: [service('web'), service('api', { ports: [{ port: 81, nodePort: 30_081 }] })],
    });
    const result = wantedOf(settings, snapshot, { nowMs, directorAddresses: ['10.0.0.200'] });
    expect(servers(result, 1)).toEqual(['10.0.0.2:30080 serves 1']);
    expect(result.problems.filter(({ reason }) => reason === 'AddressRefused')).toEqual([
      {
        reason: 'AddressRefused',
        severity: 'Warning',
        about: { kind: 'Node', name: 'n1', uid: 'uid-n1' },
        message: `node n1: the address is ${why}, so it serves nothing`,
      },
    ]);
  });

  it('that are refused for a hundred nodes are said once', () => {
    const nodes = Array.from({ length: 100 }, (_, i) => node(`n${i + 1}`));
    const { problems } = wanted(
      { nodes, services: [service('web')] },
      'nodes: { within: [192.168.0.0/16] }',
    );
    expect(problems.map(({ reason }) => reason)).toEqual([
      'AddressRefused',
      'AddressUnknown',
      'UnAvailableLoadBalancer',
    ]);
    expect(problems[0]?.message).toMatch(/^nodes n1, n10, n100, n11, n12, n13 and 94 more: /);
  });

  it('that two nodes have are one server: of the one that serves', () => {
    const nodes = [node('n1', { deleted: true }), node('n2', { address: '10.0.0.1' })];
    const result = wanted({ nodes, services: [service('web')] });
    expect(servers(result)).toEqual(['10.0.0.1:30080 serves 1']);
    expect(result.services[0]?.servers[0]?.uid).toBe('uid-n2');
  });

  it('that changed under the same name are those of now, with the uid of now', () => {
    const moved = [node('n1', { address: '10.0.0.77', uid: 'new' })];
    const [server] =
      wanted({ nodes: moved, services: [service('web')] }).services[0]?.servers ?? [];
    expect(server).toMatchObject({ key: '10.0.0.77:30080', node: 'n1', uid: 'new' });
  });
});
