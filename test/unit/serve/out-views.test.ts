import { expect, it } from 'vitest';
import { serverKey } from '../../../src/domain/address.ts';
import type { ClaimedServer, ClusterClaim } from '../../../src/domain/rollout/cluster-claim.ts';
import { outMetrics } from '../../../src/serve/metrics/rollout-metrics.ts';
import { outViews } from '../../../src/serve/view/out-views.ts';
import { web } from '../../support/kube/decide-lab.ts';

const claimed = (n: number, more: Partial<ClaimedServer>): ClaimedServer => ({
  ...{ server: serverKey(`10.0.0.${n}`, 80), node: `n${n}`, uid: `uid-${n}`, weight: 100 },
  ...{ state: 'in', sinceMs: n * 1_000, ...more },
});

const claim = (table: string, servers: readonly ClaimedServer[]): ClusterClaim => ({
  ...{ table, service: web, cluster: 'prod', uid: 'u', addedService: true, servers },
  of: { namespace: 'shop', name: 'web', port: 'http' },
});

const servers = [
  claimed(1, {}),
  claimed(2, { state: 'joining' }),
  claimed(3, { state: 'leaving', cause: 'exclude-label' }),
  claimed(4, { state: 'leaving', cause: 'unhealthy' }),
  claimed(5, { state: 'leaving', cause: 'unhealthy' }),
];
const mark = {
  ...{ table: 'ipvsadm', service: web, server: serverKey('10.0.0.5', 80), weight: 1, sinceMs: 9 },
  reason: 'health',
} as const;

it('a server that a cluster has out is out by it, or by its health; each once', () => {
  const out = outViews('ipvsadm', [mark], [claim('ipvsadm', servers), claim('other', servers)]);
  expect(out.map(({ server, reason, why }) => [server, reason, why])).toEqual([
    ['10.0.0.5:80', 'health', undefined],
    ['10.0.0.3:80', 'cluster', 'cluster prod, node n3: exclude-label'],
    ['10.0.0.4:80', 'health', 'cluster prod, node n4: unhealthy'],
  ]);
  const [counts] = outMetrics(out);
  expect([...(counts?.samples ?? [])]).toEqual([
    { labels: { reason: 'operator' }, value: 0 },
    { labels: { reason: 'health' }, value: 2 },
    { labels: { reason: 'cluster' }, value: 1 },
  ]);
});
