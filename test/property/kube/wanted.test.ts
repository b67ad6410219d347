import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClusterSnapshot } from '../../../src/kube/cluster/cluster.ts';
import { readNode } from '../../../src/kube/cluster/read-node.ts';
import { readService } from '../../../src/kube/cluster/read-service.ts';
import { readSlice } from '../../../src/kube/cluster/read-slice.ts';
import type { Wanted } from '../../../src/kube/wanted/wanted.ts';
import { mapCluster, wantedOf } from '../../../src/kube/wanted/wanted-of.ts';
import { clusterSketch } from '../../support/kube/cluster-arbitraries.ts';
import { type ClusterSketch, cluster, nowMs } from '../../support/kube/cluster-objects.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';

const files = [
  settingsOf(),
  settingsOf('defaults: { to: pods }'),
  settingsOf('defaults: { to: hostPort }\nleave: { cordon: drain }'),
  settingsOf('services: [{ service: tcp/203.0.113.10:80, of: shop/s1, weight: endpoints }]'),
];
const settings = fc.constantFrom(...files);
const of = (file: (typeof files)[number], snapshot: ClusterSnapshot): Wanted =>
  wantedOf(file, snapshot, { nowMs });

const shuffled = <One>(items: readonly One[] | undefined): readonly One[] =>
  [...(items ?? [])].reverse();

describe('what is wanted of any cluster', () => {
  it('does not depend on the order in which the lists came', () => {
    fc.assert(
      fc.property(settings, clusterSketch, (file, sketch) => {
        const reversed: ClusterSketch = {
          nodes: shuffled(sketch.nodes),
          services: shuffled(sketch.services),
          slices: shuffled(sketch.slices),
        };
        const byKey = ({ services }: Wanted) =>
          [...services].sort((a, b) => (a.service < b.service ? -1 : 1));
        expect(byKey(of(file, cluster(reversed)))).toEqual(byKey(of(file, cluster(sketch))));
      }),
    );
  });

  it('is the same whatever was made before, and the same object where nothing has changed', () => {
    fc.assert(
      fc.property(settings, settings, clusterSketch, clusterSketch, (fileA, fileB, a, b) => {
        const before = mapCluster(fileA, cluster(a), { nowMs });
        const snapshot = cluster(b);
        const after = mapCluster(fileB, snapshot, { nowMs: nowMs + 1 }, before);
        expect(after.wanted).toEqual(wantedOf(fileB, snapshot, { nowMs: nowMs + 1 }));
        const again = mapCluster(fileB, snapshot, { nowMs: nowMs + 2 }, after);
        expect(again.wanted).toBe(after.wanted);
      }),
    );
  });

  it('is made anew for one Service only where only that has changed', () => {
    fc.assert(
      fc.property(clusterSketch, (sketch) => {
        const snapshot = cluster(sketch);
        const before = mapCluster(files[0] ?? settingsOf(), snapshot, { nowMs });
        const slices = new Map(snapshot.slices).set('shop/s0', []);
        const after = mapCluster(before.settings, { ...snapshot, slices }, { nowMs }, before);
        for (const [key, { service }] of after.made) {
          if (service.of.name !== 's0') expect(service).toBe(before.made.get(key)?.service);
        }
      }),
    );
  });

  it('has each virtual service once, and in it each server once', () => {
    fc.assert(
      fc.property(settings, clusterSketch, (file, sketch) => {
        const { services } = of(file, cluster(sketch));
        expect(new Set(services.map(({ service }) => service)).size).toBe(services.length);
        for (const { servers } of services) {
          expect(new Set(servers.map(({ key }) => key)).size).toBe(servers.length);
        }
      }),
    );
  });

  it('has a capacity that the kernel takes, and 0 only of a server that leaves', () => {
    fc.assert(
      fc.property(settings, clusterSketch, (file, sketch) => {
        for (const { servers } of of(file, cluster(sketch)).services) {
          for (const { capacity, presence } of servers) {
            expect(Number.isInteger(capacity) && capacity >= 0 && capacity <= 65_535).toBe(true);
            if (presence.kind !== 'leaves') expect(capacity).toBeGreaterThan(0);
          }
        }
      }),
    );
  });

  it('never names an address at which no machine is', () => {
    fc.assert(
      fc.property(settings, clusterSketch, (file, sketch) => {
        const { services } = of(file, cluster(sketch));
        const vips = services.map(({ service }) => service.replace(/^\w+\/|:\d+$/g, ''));
        for (const { servers } of services) {
          for (const { address } of servers) {
            expect(address.startsWith('127.')).toBe(false);
            expect(vips).not.toContain(address);
          }
        }
      }),
    );
  });

  it('lets all go of a Service that ends, and gives it neither finalizer nor address', () => {
    fc.assert(
      fc.property(settings, clusterSketch, (file, sketch) => {
        const { services, owners } = of(file, cluster(sketch));
        for (const { phase, servers } of services) {
          if (phase === 'serving') continue;
          expect(servers.every(({ presence }) => presence.kind === 'leaves')).toBe(true);
        }
        for (const owner of owners.filter(({ phase }) => phase === 'ending')) {
          expect(owner).toMatchObject({ mayGetFinalizer: false, ingress: [] });
        }
      }),
    );
  });

  it('says each problem in one printable line', () => {
    fc.assert(
      fc.property(settings, clusterSketch, (file, sketch) => {
        for (const { message } of of(file, cluster(sketch)).problems) {
          expect(message).toMatch(/^[ -~…]+$/);
        }
      }),
    );
  });
});

describe('whatever an API server sends', () => {
  it('is read or left out, and never thrown about', () => {
    const field = fc.constantFrom(
      'metadata',
      'name',
      'namespace',
      'uid',
      'labels',
      'spec',
      'status',
      'ports',
      'endpoints',
      'conditions',
      'addresses',
      'taints',
      'type',
      'key',
      'ingress',
      '__proto__',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, -1, 1.5, '', 'a', '10.0.0.1', 'Ready'),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(field, tie('value'), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, value, value, (metadata, spec, status) => {
        const named = { ...(metadata as object), name: 'a', namespace: 'b', uid: 'c' };
        const object = { metadata: named, spec, status, ports: spec, endpoints: status };
        const snapshot = { nodes: [object], services: [object], slices: [object] };
        expect(readNode(object)?.name).toBe('a');
        expect(readService(object)?.name).toBe('a');
        expect(readSlice(object)?.name).toBe('a');
        expect(() => files.map((file) => of(file, cluster(snapshot)))).not.toThrow();
      }),
    );
  });
});
