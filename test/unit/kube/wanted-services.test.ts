import { describe, expect, it } from 'vitest';
import type { Wanted } from '../../../src/kube/wanted/wanted.ts';
import { wantedOf } from '../../../src/kube/wanted/wanted-of.ts';
import {
  ago,
  type ClusterSketch,
  cluster,
  node,
  nowMs,
  type ServiceSketch,
  service,
} from '../../support/kube/cluster-objects.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';

const wanted = (
  sketch: ClusterSketch,
  lines = '',
  directorAddresses: readonly string[] = [],
): Wanted =>
  wantedOf(settingsOf(lines), cluster({ nodes: [node('n1')], ...sketch }), {
    nowMs,
    directorAddresses,
  });

const keys = ({ services }: Wanted) => services.map(({ service: key }) => key);
const reasons = ({ problems }: Wanted) => problems.map(({ reason }) => reason);

describe('which Services are served', () => {
  const spec = (fields: Record<string, unknown>): ServiceSketch => ({ spec: fields });

  it.each<readonly [which: string, sketch: ServiceSketch, lines: string, count: number]>([
    ['of the class', {}, '', 1],
    ['of another class', spec({ loadBalancerClass: 'cilium' }), '', 0],
    ['without a class', spec({ loadBalancerClass: undefined }), '', 0],
    [
      'without a class, as the default',
      spec({ loadBalancerClass: undefined }),
      'serveDefault: true',
      1,
    ],
    ['of another class, by the default', spec({ loadBalancerClass: 'x' }), 'serveDefault: true', 0],
    ['of type NodePort', spec({ type: 'NodePort' }), '', 0],
    ['of a namespace of the file', {}, 'namespaces: [shop]', 1],
    ['of another namespace', {}, 'namespaces: [office]', 0],
  ])('%s', (_, sketch, lines, count) => {
    expect(keys(wanted({ services: [service('web', sketch)] }, lines))).toHaveLength(count);
  });

  it('has one virtual service for each address, port and protocol', () => {
    const ports = [
      { name: 'dns', protocol: 'UDP', port: 53, nodePort: 30_053 },
      { name: 'dns-tcp', protocol: 'TCP', port: 53, nodePort: 30_054 },
      { name: 'diameter', protocol: 'SCTP', port: 3868, nodePort: 30_055 },
      { name: 'odd', protocol: 'QUIC', port: 1, nodePort: 30_056 },
    ];
    const annotations = { 'drain.example/address': '203.0.113.10,2001:DB8::0:10' };
    const result = wanted({ services: [service('web', { ports, annotations })] });
    expect(keys(result).sort()).toEqual([
      'sctp/203.0.113.10:3868',
      'sctp/[2001:db8::10]:3868',
      'tcp/203.0.113.10:53',
      'tcp/[2001:db8::10]:53',
      'udp/203.0.113.10:53',
      'udp/[2001:db8::10]:53',
    ]);
    const udp = result.services.find(({ service: key }) => key === 'udp/203.0.113.10:53');
    expect(udp?.servers[0]?.key).toBe('10.0.0.1:30053');
    expect(udp?.of.port).toBe('dns');
  });

  it('keeps clients together where the Service does', () => {
    const sticky = service('web', { spec: { sessionAffinity: 'ClientIP' } });
    expect(wanted({ services: [sticky] }).services[0]?.persistence).toEqual({ timeoutS: 10_800 });
  });
});

describe('a Service that goes', () => {
  const finalizers = ['drain.example/prod'];
  const servers = ({ services }: Wanted) => services[0]?.servers.map(({ presence }) => presence);
  const gone = (cause: string) => [{ kind: 'leaves', cause, pace: 'at-once', basis: 'asked' }];

  it('because it is deleted lets all its servers go at once, and gets no finalizer any more', () => {
    const result = wanted({ services: [service('web', { finalizers, deleted: true })] });
    expect(result.services[0]?.phase).toBe('ending');
    expect(servers(result)).toEqual(gone('service-deleted'));
    expect(result.owners).toEqual([
      {
        namespace: 'shop',
        name: 'web',
        uid: 'uid-web',
        version: '17',
        phase: 'ending',
        finalizers,
        hasFinalizer: true,
        mayGetFinalizer: false,
        ingress: [],
        ingressNow: [],
      },
    ]);
  });

  it('because it is deleted never gets a finalizer that it did not have', () => {
    const [owner] = wanted({ services: [service('web', { deleted: true })] }).owners;
    expect(owner).toMatchObject({ hasFinalizer: false, mayGetFinalizer: false, phase: 'ending' });
  });

  it.each([
    ['its type', { type: 'ClusterIP' }],
    ['its class', { loadBalancerClass: 'cilium' }],
  ])('because of %s is let go while it has the finalizer of this owner', (_, spec) => {
    const result = wanted({ services: [service('web', { finalizers, spec })] });
    expect(servers(result)).toEqual(gone('service-left-class'));
    expect(result.owners[0]).toMatchObject({ phase: 'ending', ingress: [] });
    expect(reasons(result)).toEqual([]);
  });

  it('shows no address any more, though a line of the file still serves it', () => {
    const left = service('web', { finalizers, spec: { type: 'NodePort' } });
    const result = wanted(
      { services: [left] },
      'services: [{ service: tcp/203.0.113.10:80, of: shop/web }]',
    );
    expect(result.services.map(({ phase }) => phase)).toEqual(['serving']);
    expect(result.owners[0]).toMatchObject({ phase: 'ending', ingress: [] });
  });

  it('is nothing to another owner', () => {
    const other = service('web', {
      finalizers: ['drain.example/staging', 'service.kubernetes.io/load-balancer-cleanup'],
      spec: { type: 'ClusterIP' },
    });
    expect(wanted({ services: [other] })).toMatchObject({ services: [], owners: [] });
  });

  it('keeps its address until it is gone', () => {
    const result = wanted({
      services: [
        service('old', { finalizers, deleted: true, created: ago(9_000) }),
        service('new', { created: ago(1_000) }),
      ],
    });
    expect(result.services.map(({ of, phase }) => [of.name, phase])).toEqual([['old', 'ending']]);
    expect(reasons(result)).toEqual(['AddressInUse']);
  });
});

describe('the status of a Service', () => {
  it('has its addresses, also while there is no node', () => {
    const { owners } = wanted({
      nodes: [],
      services: [service('web', { ingress: [{ ip: '203.0.113.9' }] })],
    });
    expect(owners[0]).toMatchObject({
      ingress: [{ ip: '203.0.113.10', ipMode: 'Proxy' }],
      ingressNow: [{ ip: '203.0.113.9' }],
      mayGetFinalizer: true,
    });
  });

  it('of one that got no port has none', () => {
    const services = [service('a', { created: ago(9_000) }), service('b', { created: ago(1_000) })];
    const result = wanted({ services });
    expect(result.owners.map(({ name, ingress }) => [name, ingress.length])).toEqual([
      ['a', 1],
      ['b', 0],
    ]);
  });
});

describe('an address', () => {
  it('of the annotation comes before loadBalancerIP, that before the lines of the file', () => {
    const bare = { annotations: { 'drain.example/address': undefined } };
    const old = { ...bare, spec: { loadBalancerIP: '203.0.113.20' } };
    const lines = 'services: [{ service: tcp/203.0.113.30:80, of: shop/web }]';
    expect(keys(wanted({ services: [service('web')] }))).toEqual(['tcp/203.0.113.10:80']);
    expect(keys(wanted({ services: [service('web', old)] }))).toEqual(['tcp/203.0.113.20:80']);
    const bound = wanted({ services: [service('web', bare)] }, lines);
    expect(keys(bound)).toEqual(['tcp/203.0.113.30:80']);
    expect(bound.owners[0]?.ingress).toEqual([{ ip: '203.0.113.30', ipMode: 'Proxy' }]);
    expect(reasons(bound)).toEqual([]);
    expect(reasons(wanted({ services: [service('web', bare)] }))).toEqual(['NoAddress']);
  });

  it('and port that two want goes to the older Service, each port for itself', () => {
    const ports = (...numbers: readonly number[]) =>
      numbers.map((port) => ({ name: `p${port}`, port, nodePort: 30_000 + port }));
    const services = [
      service('young', { created: ago(1_000), ports: ports(80, 81) }),
      service('old', { namespace: 'office', created: ago(9_000), ports: ports(80) }),
    ];
    const result = wanted({ services });
    expect(result.services.map(({ service: key, of }) => `${key} ${of.name}`)).toEqual([
      'tcp/203.0.113.10:80 old',
      'tcp/203.0.113.10:81 young',
    ]);
    expect(result.problems).toEqual([
      {
        reason: 'AddressInUse',
        severity: 'Warning',
        about: { kind: 'Service', namespace: 'shop', name: 'young', uid: 'uid-young' },
        message: 'tcp/203.0.113.10:80 belongs to the Service office/old, which is older',
        service: 'tcp/203.0.113.10:80',
      },
    ]);
  });

  it('of the file is not taken by an older Service that asks for it', () => {
    const services = [
      service('thief', { created: ago(9_000) }),
      service('ingress', { spec: { type: 'NodePort' }, created: ago(1_000) }),
    ];
    const result = wanted(
      { services },
      'services: [{ service: tcp/203.0.113.10:80, of: shop/ingress }]',
    );
    expect(result.services.map(({ of }) => of.name)).toEqual(['ingress']);
    expect(result.problems[0]?.message).toBe(
      "tcp/203.0.113.10:80 belongs to the Service shop/ingress in drain's file",
    );
  });

  it.each([
    ['www.example.com', 'no IP address'],
    ['127.0.0.1', 'a loopback address'],
    ['198.51.100.1', "outside the file's addresses"],
    ['203.0.113.999', 'no IP address'],
    ['2001:db8::1', 'of IPv6: the Service is not'],
    ['\u001b[31m', 'no IP address'],
  ])('%j is refused', (address, why) => {
    const odd = service('web', {
      annotations: { 'drain.example/address': address },
      spec: { ipFamilies: ['IPv4'] },
    });
    const result = wanted({ services: [odd] }, 'addresses: [203.0.113.0/24, "2001:db8::/32"]');
    expect(keys(result)).toEqual([]);
    const shown = address === '\u001b[31m' ? '\\x1b[31m' : address;
    expect(result.problems.map(({ reason, message }) => [reason, message])).toEqual([
      ['AddressRefused', `the address ${shown} is ${why}`],
    ]);
  });

  it("that is a director's own is refused: no Service takes its ssh", () => {
    const result = wanted({ services: [service('web')] }, '', ['203.0.113.10']);
    expect(keys(result)).toEqual([]);
    expect(result.problems[0]?.message).toBe(
      "tcp/203.0.113.10:80: the address is a director's own",
    );
  });
});

describe('a line of the file', () => {
  const ports = [
    { name: 'http', port: 80, nodePort: 30_080 },
    { name: 'https', port: 443, nodePort: 30_443 },
    { name: 'quic', protocol: 'UDP', port: 443, nodePort: 30_444 },
  ];
  const ingress = service('controller', {
    namespace: 'ingress',
    spec: { type: 'NodePort' },
    ports,
  });
  const bound = (binding: string) => wanted({ services: [ingress] }, `services: [${binding}]`);

  it.each([
    [
      'by name',
      '{ service: tcp/203.0.113.1:8443, of: "ingress/controller:https" }',
      '10.0.0.1:30443',
    ],
    [
      'by number',
      '{ service: tcp/203.0.113.1:8443, of: "ingress/controller:443" }',
      '10.0.0.1:30443',
    ],
    [
      'by its own number',
      '{ service: tcp/203.0.113.1:443, of: ingress/controller }',
      '10.0.0.1:30443',
    ],
    [
      'as the only one of its protocol',
      '{ service: udp/203.0.113.1:9, of: ingress/controller }',
      '10.0.0.1:30444',
    ],
  ])('finds the port %s', (_, binding, server) => {
    const result = bound(binding);
    expect(result.services[0]?.servers[0]?.key).toBe(server);
    expect(result.owners).toEqual([]);
  });

  it.each([
    [
      '{ service: tcp/203.0.113.1:443, of: ingress/controler }',
      'NoSuchService',
      'there is no Service ingress/controler',
    ],
    [
      '{ service: tcp/203.0.113.1:443, of: "ingress/controller:htps" }',
      'NoSuchPort',
      'tcp/203.0.113.1:443 asks for port htps of ingress/controller, which has http 80/TCP, https 443/TCP, quic 443/UDP',
    ],
    [
      '{ service: udp/203.0.113.1:80, of: "ingress/controller:http" }',
      'NoSuchPort',
      'udp/203.0.113.1:80 asks for port http of ingress/controller, which has http 80/TCP, https 443/TCP, quic 443/UDP',
    ],
  ])('%s has a problem', (binding, reason, message) => {
    const { services, problems } = bound(binding);
    expect(services).toEqual([]);
    expect(problems.map((one) => [one.reason, one.message])).toEqual([[reason, message]]);
  });

  it('of a Service that is being deleted lets it go', () => {
    const going = service('web', { spec: { type: 'NodePort' }, deleted: true });
    const result = wanted(
      { services: [going] },
      'services: [{ service: tcp/203.0.113.1:80, of: shop/web }]',
    );
    expect(result.services[0]).toMatchObject({
      phase: 'ending',
      servers: [{ presence: { kind: 'leaves', cause: 'service-deleted', pace: 'at-once' } }],
    });
  });

  it('has its own terms before the wishes of the Service, these before the defaults', () => {
    const annotations = { 'drain.example/check': 'tcp' };
    const web = service('web', { annotations });
    const url = (lines: string) => {
      const result = wanted({ services: [web] }, lines);
      return result.services[0]?.check?.probe;
    };
    expect(url('defaults: { check: none }')).toEqual({ kind: 'tcp' });
    expect(
      url('services: [{ service: tcp/203.0.113.10:80, of: shop/web, check: none }]'),
    ).toBeUndefined();
  });
});

describe('a wish', () => {
  const asked = (annotations: Record<string, string>) =>
    wanted({ services: [service('web', { annotations })] });

  it('for a slower leave and another check is heard', () => {
    const result = asked({
      'drain.example/leave-over': '90s',
      'drain.example/check': 'https://{address}:{port}/ready?deep=1',
    });
    expect(result.services[0]).toMatchObject({
      leaveOverMs: 90_000,
      check: { probe: { kind: 'http', url: 'https://{address}:{port}/ready?deep=1' } },
    });
    expect(reasons(result)).toEqual([]);
  });

  it.each([
    ['weight', '0'],
    ['weight', '101'],
    ['weight', '1.5'],
    ['leave-over', 'slowly'],
    ['check', 'http://169.254.169.254/latest/meta-data'],
    ['check', 'http://{address}.evil.example/'],
    ['check', 'http://user@{address}/'],
    ['check', 'http://{address}:80@evil.example/'],
    ['check', 'exec:rm'],
  ])('of %s for %j is refused, and the Service served as if it were not there', (name, value) => {
    const result = asked({ [`drain.example/${name}`]: value });
    expect(reasons(result)).toEqual(['AnnotationRefused']);
    expect(result.problems[0]?.message).toContain(`drain.example/${name} is "${value}": write `);
    expect(result.services).toEqual(asked({}).services);
  });
});

describe('a problem', () => {
  it('is a Service without node ports, which gets no server', () => {
    const none = service('web', { ports: [{ name: 'http', port: 80 }] });
    const result = wanted({ services: [none] });
    expect(result.services[0]?.servers).toEqual([]);
    expect(result.problems.map(({ reason, message }) => [reason, message])).toEqual([
      ['NoNodePort', 'tcp/203.0.113.10:80: the Service has no node port, so it gets no server'],
    ]);
  });

  it('are source ranges, which are not enforced, or are refused', () => {
    const open = service('web', { spec: { loadBalancerSourceRanges: ['10.0.0.0/8'] } });
    expect(reasons(wanted({ services: [open] }))).toEqual(['SourceRangesNotEnforced']);
    expect(keys(wanted({ services: [open] }))).toHaveLength(1);
    const strict = wanted({ services: [open] }, 'strict: true');
    expect(strict.services[0]).toMatchObject({
      phase: 'ending',
      servers: [{ presence: { cause: 'service-refused' } }],
    });
    expect(strict.owners[0]).toMatchObject({ mayGetFinalizer: false, ingress: [] });
    expect(reasons(strict)).toEqual(['SourceRangesNotEnforced']);
  });

  it('is a cluster of one node with the label of kubeadm, which serves nothing', () => {
    const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
    const { problems } = wanted({ nodes: [node('n1', { labels })], services: [service('web')] });
    expect(problems.map(({ reason, message }) => [reason, message])).toEqual([
      [
        'UnAvailableLoadBalancer',
        'tcp/203.0.113.10:80: there is no node for it: 1 with the label node.kubernetes.io/exclude-from-external-load-balancers',
      ],
    ]);
  });

  it('is a Local Service of which nothing is ready; one of Cluster may have none', () => {
    const local = service('web', { spec: { externalTrafficPolicy: 'Local' } });
    expect(reasons(wanted({ services: [local] }))).toEqual(['NoReadyEndpoints']);
    expect(reasons(wanted({ services: [service('web')] }))).toEqual([]);
  });
});

describe('the lists', () => {
  it('are told with their size, and before their first success as unknown', () => {
    const result = wanted({ nodes: [node('n1'), node('n2')], services: [service('web')] });
    expect(result.lists).toEqual({ nodes: 2, services: 1, endpointslices: 0 });
  });
});
