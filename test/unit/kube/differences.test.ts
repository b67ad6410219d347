import { describe, expect, it } from 'vitest';
import { type ServerKey, type ServiceKey, splitServerKey } from '../../../src/domain/address.ts';
import type { VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import type { ClusterClaim } from '../../../src/domain/rollout/cluster-claim.ts';
import { differenceLines, problemLine } from '../../../src/kube/look/difference-lines.ts';
import { differencesOf, isDifferent } from '../../../src/kube/look/differences.ts';
import { wantedOf } from '../../../src/kube/wanted/wanted-of.ts';
import {
  ago,
  type ClusterSketch,
  cluster,
  node,
  nowMs,
  service,
} from '../../support/kube/cluster-objects.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';
import { realServer, wrrService } from '../../support/tables.ts';

const key = 'tcp/203.0.113.10:80' as ServiceKey;

const table = (weights: Readonly<Record<string, number>>): VirtualService =>
  wrrService(
    Object.entries(weights).map(([text, weight]) => {
      const { address, port } = splitServerKey(text as ServerKey);
      return realServer(address, weight, { port });
    }),
    { address: { kind: 'address', protocol: 'tcp', address: '203.0.113.10', port: 80 } },
  );

const claim = (...nodes: readonly string[]): ClusterClaim => ({
  table: 'ipvsadm',
  service: key,
  cluster: 'prod',
  of: { namespace: 'shop', name: 'web', port: 'http' },
  uid: 'uid-web',
  addedService: true,
  servers: nodes.map((name) => ({
    server: `10.0.0.${name.slice(1)}:30080` as ServerKey,
    node: name,
    uid: `uid-${name}`,
    weight: 100,
    state: 'in',
    sinceMs: 0,
  })),
});

const lines = (
  sketch: ClusterSketch,
  services: readonly VirtualService[],
  claims: readonly ClusterClaim[] = [],
): readonly string[] => {
  const wanted = wantedOf(settingsOf(), cluster(sketch), { nowMs });
  return differencesOf(wanted, { services, claims }).flatMap(differenceLines);
};

const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };

describe('what a look shows', () => {
  it('of a new Service is all that would be added, and who waits why', () => {
    const nodes = [
      node('n1', { annotations: { 'drain.example/weight': '2' } }),
      node('n2'),
      node('n3', { labels }),
      node('n4', { ready: { lastTransitionTime: ago(1_000) } }),
      node('n10', { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] }),
    ];
    expect(lines({ nodes, services: [service('web')] }, [])).toEqual([
      'tcp/203.0.113.10:80 for shop/web:http: is added, scheduler wrr',
      '  + 10.0.0.1:30080   n1   joins from weight 0, with 2 parts',
      '  . 10.0.0.10:30080  n10  is not added: the node has the taint ToBeDeletedByClusterAutoscaler',
      '  + 10.0.0.2:30080   n2   joins from weight 0, with 1 part',
      '  . 10.0.0.3:30080   n3   is not added: the node has the exclude label',
      '  . 10.0.0.4:30080   n4   waits: the node is not Ready for long enough',
    ]);
  });

  it('of a Service that is there is who stays, who comes, who goes, and whose the others are', () => {
    const nodes = [
      node('n1'),
      node('n2', { labels }),
      node('n3', { ready: { status: 'Unknown' } }),
      node('n4'),
      node('n5'),
    ];
    const live = table({
      '10.0.0.1:30080': 100,
      '10.0.0.2:30080': 100,
      '10.0.0.3:30080': 100,
      '10.0.0.4:30080': 0,
      '10.0.0.5:30080': 7,
      '10.0.0.9:30080': 100,
      '192.0.2.1:80': 30,
    });
    const claims = [claim('n1', 'n2', 'n3', 'n4', 'n9')];
    expect(lines({ nodes, services: [service('web')] }, [live], claims)).toEqual([
      'tcp/203.0.113.10:80 for shop/web:http',
      '  = 10.0.0.1:30080  n1  stays, weight 100, with 1 part',
      '  - 10.0.0.2:30080  n2  weight 100 to 0, and leaves when it is empty: the node has the exclude label',
      '  = 10.0.0.3:30080  n3  stays, weight 100, with 1 part',
      '  ^ 10.0.0.4:30080  n4  comes back from weight 0, with 1 part',
      "    10.0.0.5:30080  n5  weight 7, is somebody else's and stays as it is",
      '  - 10.0.0.9:30080  n9  weight 100 to 0, and leaves when it is empty: the cluster has no such server any more',
      "    192.0.2.1:80        weight 30, is somebody else's and stays as it is",
    ]);
  });

  it('of a Service that is being deleted is how it ends', () => {
    const deleted = service('web', { deleted: true, finalizers: ['drain.example/prod'] });
    expect(
      lines(
        { nodes: [node('n1')], services: [deleted] },
        [table({ '10.0.0.1:30080': 0 })],
        [claim('n1')],
      ),
    ).toEqual([
      'tcp/203.0.113.10:80 for shop/web:http: is removed when its servers are gone',
      '  - 10.0.0.1:30080  n1  is at weight 0, and leaves when it is empty: the Service is being deleted',
    ]);
  });

  it('of one that is gone without a trace is what the claim remembers', () => {
    expect(
      lines({ nodes: [node('n1')] }, [table({ '10.0.0.1:30080': 50 })], [claim('n1')]),
    ).toEqual([
      'tcp/203.0.113.10:80 for shop/web:http: is removed when its servers are gone',
      '  - 10.0.0.1:30080  n1  weight 50 to 0, and leaves when it is empty: the cluster has no such server any more',
    ]);
  });

  it('is no difference where the table is as the cluster wants it', () => {
    const wanted = wantedOf(
      settingsOf(),
      cluster({ nodes: [node('n1'), node('n2', { labels })], services: [service('web')] }),
      { nowMs },
    );
    const as = (weight: number) => ({
      services: [table({ '10.0.0.1:30080': weight })],
      claims: [claim('n1')],
    });
    expect(differencesOf(wanted, as(100)).some(isDifferent)).toBe(false);
    expect(differencesOf(wanted, as(0)).some(isDifferent)).toBe(true);
  });

  it('has problems with what they are about', () => {
    const odd = service('web', { ports: [{ port: 80 }] });
    const { problems } = wantedOf(settingsOf(), cluster({ nodes: [node('n1')], services: [odd] }), {
      nowMs,
    });
    expect(problems.map(problemLine)).toEqual([
      'Warning NoNodePort, Service shop/web: tcp/203.0.113.10:80: the Service has no node port, so it gets no server',
    ]);
  });
});
