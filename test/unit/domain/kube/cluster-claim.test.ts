import { describe, expect, it } from 'vitest';
import type { ServerKey, ServiceKey } from '../../../../src/domain/address.ts';
import {
  type ClaimedServer,
  type ClusterClaim,
  clusterWords,
  outByCluster,
  serversOut,
} from '../../../../src/domain/rollout/cluster-claim.ts';

const web = 'tcp/10.0.0.100:80' as ServiceKey;
const dns = 'udp/10.0.0.100:53' as ServiceKey;
const key = (n: number) => `10.0.0.${n}:80` as ServerKey;
const server = (n: number, more: Partial<ClaimedServer> = {}): ClaimedServer => ({
  ...{ server: key(n), uid: `u${n}`, weight: 100, state: 'leaving', sinceMs: 0 },
  ...more,
});
const claim = (service: ServiceKey, servers: readonly ClaimedServer[]): ClusterClaim => ({
  ...{ table: 'ipvsadm', service, cluster: 'prod', uid: 'u', addedService: false },
  of: { namespace: 'default', name: 'web', port: 'http' },
  servers,
});
const claims = [
  claim(web, [server(1), server(2, { state: 'in' }), server(3, { state: 'joining' })]),
  claim(dns, [server(1, { weight: 7 }), server(4)]),
];

describe('the servers that a cluster has out', () => {
  it('are those that leave or join, with their service and cluster', () => {
    expect(serversOut(claims).map((one) => [one.service, one.server, one.cluster])).toEqual([
      [web, key(1), 'prod'],
      [web, key(3), 'prod'],
      [dns, key(1), 'prod'],
      [dns, key(4), 'prod'],
    ]);
  });

  it('are found by service and server', () => {
    expect(outByCluster(claims, dns, key(1))?.weight).toBe(7);
    expect(outByCluster(claims, web, key(1))?.weight).toBe(100);
    expect(outByCluster(claims, web, key(2))).toBeUndefined();
    expect(outByCluster(claims, web, key(4))).toBeUndefined();
  });

  it.each([
    [{ node: 'worker-2', cause: 'exclude-label' }, 'cluster prod, node worker-2: exclude-label'],
    [
      { node: 'worker-2', state: 'joining', cause: 'not-ready' },
      'cluster prod, node worker-2: joining',
    ],
    [{ cause: 'node-deleted' }, 'cluster prod: node-deleted'],
    [{}, 'cluster prod: leaving'],
  ] as const)('%j are said to be: %s', (more, words) => {
    expect(clusterWords({ ...server(1, more), cluster: 'prod', service: web, table: 't' })).toBe(
      words,
    );
  });
});
