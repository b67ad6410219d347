import { describe, expect, it } from 'vitest';
import { clusterSnapshot } from '../../../src/kube/cluster/cluster-snapshot.ts';
import { isSame } from '../../../src/kube/cluster/is-same.ts';
import { readNode } from '../../../src/kube/cluster/read-node.ts';
import { readService } from '../../../src/kube/cluster/read-service.ts';
import { readSlice } from '../../../src/kube/cluster/read-slice.ts';
import { ago, node, nowMs, service, slice } from '../../support/kube/cluster-objects.ts';

describe('a Node', () => {
  it('is kept without images, managed fields, heartbeats and other conditions', () => {
    expect(
      readNode(
        node('n1', {
          labels: { role: 'edge' },
          annotations: { 'drain.example/weight': '3', other: 'x' },
          taints: [{ key: 'a', effect: 'NoSchedule', timeAdded: ago(1) }],
          cordoned: true,
        }),
      ),
    ).toEqual({
      name: 'n1',
      uid: 'uid-n1',
      labels: new Map([
        ['kubernetes.io/hostname', 'n1'],
        ['role', 'edge'],
      ]),
      weight: '3',
      addresses: [
        { type: 'InternalIP', address: '10.0.0.1' },
        { type: 'Hostname', address: 'n1' },
      ],
      taints: [{ key: 'a', value: '', effect: 'NoSchedule' }],
      isCordoned: true,
      isBeingDeleted: false,
      ready: { status: 'True', isShuttingDown: false, sinceMs: nowMs - 3_600_000 },
      isNetworkUnavailable: false,
    });
  });

  it('that has only sent a heartbeat is the same as before', () => {
    const read = (at: string, status = 'True') =>
      readNode(node('n1', { ready: { lastHeartbeatTime: at, status } }));
    expect(isSame(read(ago(10_000)), read(ago(0)))).toBe(true);
    expect(isSame(read(ago(10_000)), read(ago(0), 'Unknown'))).toBe(false);
  });

  it('whose labels come in another order is the same, with another label it is not', () => {
    const read = (labels: Record<string, string>) => readNode(node('n1', { labels }));
    expect(isSame(read({ a: '1', b: '2' }), read({ b: '2', a: '1' }))).toBe(true);
    expect(isSame(read({ a: '1' }), read({ a: '1', b: '2' }))).toBe(false);
    expect(isSame(read({ a: '1' }), read({ c: '1' }))).toBe(false);
  });
});

describe('a Service', () => {
  it('is kept as far as something follows from it', () => {
    expect(
      readService(
        service('web', {
          annotations: { 'drain.example/weight': 'endpoints', 'other.example/x': 'y' },
          finalizers: ['drain.example/prod'],
          spec: {
            externalTrafficPolicy: 'Local',
            healthCheckNodePort: 31_000,
            ipFamilies: ['IPv4', 'IPv6'],
            sessionAffinity: 'ClientIP',
            sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } },
            loadBalancerIP: '203.0.113.9',
            loadBalancerSourceRanges: ['10.0.0.0/8'],
            publishNotReadyAddresses: true,
          },
          ingress: [{ ip: '203.0.113.10', ipMode: 'Proxy' }],
        }),
      ),
    ).toEqual({
      namespace: 'shop',
      name: 'web',
      uid: 'uid-web',
      version: '17',
      createdAtMs: nowMs - 7_200_000,
      isBeingDeleted: false,
      finalizers: ['drain.example/prod'],
      wishes: new Map([
        ['address', '203.0.113.10'],
        ['weight', 'endpoints'],
      ]),
      type: 'LoadBalancer',
      class: 'drain.example/ipvs',
      address: '203.0.113.9',
      ports: [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30_080 }],
      policy: 'Local',
      healthCheckNodePort: 31_000,
      families: [4, 6],
      affinityS: 600,
      publishesNotReady: true,
      hasSourceRanges: true,
      ingress: [{ ip: '203.0.113.10', ipMode: 'Proxy' }],
    });
  });

  it('has the defaults of the API where it says nothing', () => {
    const bare = { metadata: { namespace: 'a', name: 'b', uid: 'c' }, spec: {} };
    expect(readService(bare)).toMatchObject({
      type: 'ClusterIP',
      policy: 'Cluster',
      affinityS: undefined,
      ports: [],
      createdAtMs: Number.MAX_SAFE_INTEGER,
    });
    const sticky = { ...bare, spec: { sessionAffinity: 'ClientIP', ports: [{ port: 80 }] } };
    expect(readService(sticky)).toMatchObject({
      affinityS: 10_800,
      ports: [{ name: '', protocol: 'TCP', port: 80, nodePort: undefined }],
    });
  });

  it('with nodePort 0 has none', () => {
    const none = service('web', { ports: [{ port: 80, nodePort: 0 }] });
    expect(readService(none)?.ports[0]?.nodePort).toBeUndefined();
  });
});

describe('an EndpointSlice', () => {
  it.each([
    ['says nothing: ready and serving', {}, [true, true, false]],
    ['is not ready: not serving either', { ready: false }, [false, false, false]],
    [
      'terminates and still serves',
      { ready: false, serving: true, terminating: true },
      [false, true, true],
    ],
    ['is ready and says nothing of serving', { ready: true }, [true, true, false]],
    ['has conditions that are no booleans', { ready: 'no', serving: 1 }, [true, true, false]],
  ])('whose endpoint %s', (_, conditions, expected) => {
    const read = readSlice(slice('web', 's', [{ at: '10.1.0.1', ...(conditions as object) }]));
    const [one] = read?.endpoints ?? [];
    expect([one?.isReady, one?.isServing, one?.isTerminating]).toEqual(expected);
  });

  it('of host names has no family', () => {
    expect(readSlice(slice('web', 's', [], { family: 'FQDN' }))?.family).toBeUndefined();
  });

  it('is found by its Service', () => {
    const read = (of: string, name: string, namespace: string) => {
      const one = readSlice(slice(of, name, [], { namespace }));
      return one ? [one] : [];
    };
    const snapshot = clusterSnapshot({
      nodes: undefined,
      services: [],
      slices: [
        ...read('web', 'web-1', 'a'),
        ...read('web', 'web-2', 'a'),
        ...read('web', 'x', 'b'),
      ],
    });
    expect([...snapshot.slices].map(([id, some]) => [id, some.map(({ name }) => name)])).toEqual([
      ['a/web', ['web-1', 'web-2']],
      ['b/web', ['x']],
    ]);
    expect(snapshot.synced).toEqual({ nodes: false, services: true, endpointslices: true });
  });
});

describe('what is no object of the API', () => {
  const hostile: readonly unknown[] = [
    undefined,
    null,
    7,
    'node',
    [],
    {},
    { metadata: null },
    { metadata: { name: 'a' } },
    { metadata: { name: '', uid: 'u' } },
    { metadata: { name: ['a'], uid: 'u' } },
    { metadata: { name: 'a'.repeat(5_000), uid: 'u' } },
    JSON.parse('{"__proto__": {"metadata": {"name": "a", "uid": "u", "namespace": "n"}}}'),
  ];

  it('is none of the three, and throws nothing', () => {
    for (const one of hostile) {
      expect([readNode(one), readService(one), readSlice(one)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  it('inside of one is left out', () => {
    const metadata = { name: 'a', uid: 'u', namespace: 'n', labels: 'x', annotations: [1] };
    const odd = { conditions: [null, 3, { type: 'Ready' }], addresses: [null, { type: 1 }, {}] };
    expect(
      readNode({ metadata, spec: { taints: [null, {}, { key: 3 }] }, status: odd }),
    ).toMatchObject({ labels: new Map(), addresses: [], taints: [], ready: { status: 'Unknown' } });
    const ports = [null, { port: '80' }, { port: 70_000 }, { port: 1.5 }, { port: -1 }];
    expect(readService({ metadata, spec: { ports, ipFamilies: [4] } })).toMatchObject({
      ports: [],
      families: [],
    });
    const endpoints = [null, {}, { addresses: 'x' }, { addresses: [] }, { addresses: [{}] }];
    expect(readSlice({ metadata, ports: [null], endpoints })).toMatchObject({
      service: '',
      endpoints: [],
      ports: [{ name: '', protocol: 'TCP', port: undefined }],
    });
  });
});
