import fc from 'fast-check';
import type { ClusterSketch } from './cluster-objects.ts';
import { ago, type EndpointSketch, node, service, slice } from './cluster-objects.ts';

const exclude = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** A cluster as it may be: nodes that come and go, Services of all kinds, slices that overlap. */
export const clusterSketch: fc.Arbitrary<ClusterSketch> = fc
  .record({
    nodes: fc.uniqueArray(fc.integer({ min: 1, max: 9 }), { maxLength: 6 }),
    states: fc.array(fc.nat(9), { minLength: 9, maxLength: 9 }),
    services: fc.array(
      fc.record({
        port: fc.constantFrom(80, 81, 443),
        protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
        nodePort: fc.constantFrom(undefined, 30_080, 30_081),
        policy: fc.constantFrom('Cluster', 'Local'),
        address: fc.constantFrom(
          undefined,
          '203.0.113.10',
          '203.0.113.10,2001:db8::1',
          '127.0.0.1',
        ),
        age: fc.nat(3),
        weight: fc.constantFrom(undefined, 'endpoints', 'equal', '7', 'x'),
        deleted: fc.boolean(),
        finalizer: fc.boolean(),
        isOfClass: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
    endpoints: fc.array(
      fc.record({
        of: fc.nat(3),
        slice: fc.nat(2),
        pod: fc.nat(6),
        node: fc.integer({ min: 0, max: 9 }),
        ready: fc.boolean(),
        serving: fc.constantFrom(undefined, true, false),
        terminating: fc.constantFrom(undefined, true, false),
      }),
      { maxLength: 12 },
    ),
  })
  .map(({ nodes, states, services, endpoints }) => ({
    nodes: nodes.map((n) => node(`n${n}`, nodeStates[states[n - 1] ?? 0])),
    services: services.map((one, i) =>
      service(`s${i}`, {
        created: ago(one.age * 1_000),
        deleted: one.deleted,
        finalizers: one.finalizer ? ['drain.example/prod'] : [],
        annotations: {
          'drain.example/address': one.address,
          'drain.example/weight': one.weight,
        },
        ports: [{ name: 'http', port: one.port, protocol: one.protocol, nodePort: one.nodePort }],
        spec: {
          externalTrafficPolicy: one.policy,
          ...(one.isOfClass ? {} : { loadBalancerClass: 'cilium' }),
        },
      }),
    ),
    slices: services.flatMap((one, i) =>
      [0, 1, 2].map((k) =>
        slice(
          `s${i}`,
          `s${i}-${k}`,
          endpoints
            .filter(({ of, slice: at }) => of === i && at === k)
            .map(
              ({ pod, node: at, ready, serving, terminating }): EndpointSketch => ({
                at: `10.1.0.${pod}`,
                ready,
                ...(at === 0 ? {} : { node: `n${at}` }),
                ...(serving === undefined ? {} : { serving }),
                ...(terminating === undefined ? {} : { terminating }),
              }),
            ),
          { ports: [{ name: 'http', protocol: one.protocol, port: 8080 }] },
        ),
      ),
    ),
  }));

const nodeStates = [
  {},
  {},
  { labels: { [exclude]: '' } },
  { cordoned: true },
  { deleted: true },
  { ready: { status: 'Unknown' } },
  { ready: { lastTransitionTime: ago(1_000) } },
  { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] },
  { address: '10.0.0.1' },
  { address: '127.0.0.1' },
];
