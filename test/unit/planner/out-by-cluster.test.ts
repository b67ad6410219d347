import { describe, expect, it } from 'vitest';
import { clusterLines } from '../../../src/control/status/out-lines.ts';
import type { ServerKey, ServiceKey } from '../../../src/domain/address.ts';
import type { ClaimedServer, ClusterClaim } from '../../../src/domain/rollout/cluster-claim.ts';
import { buildPlan } from '../../../src/planner/build-plan.ts';
import { examineMarks } from '../../../src/planner/diagnose/examine-marks.ts';
import { selectIn } from '../../../src/planner/maintenance/select-in.ts';
import { request } from '../../support/simulated-rollout.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const service = 'tcp/10.0.0.100:80' as ServiceKey;
const leaving: ClaimedServer = {
  server: '10.0.0.1:80' as ServerKey,
  node: 'worker-1',
  uid: 'u1',
  weight: 100,
  state: 'leaving',
  sinceMs: Date.UTC(2026, 0, 1),
  cause: 'exclude-label',
};
const claim: ClusterClaim = {
  table: 'ipvsadm',
  service,
  cluster: 'prod',
  of: { namespace: 'ingress', name: 'controller', port: 'https' },
  uid: 's1',
  addedService: true,
  servers: [leaving, { ...leaving, server: '10.0.0.2:80' as ServerKey, state: 'in' }],
};
const snapshot = snapshotOf([wrrService([realServer('10.0.0.1', 0), realServer('10.0.0.2', 100)])]);
const ramp = { overMs: 300_000, everyMs: 10_000, curve: 'linear' } as const;

describe('a server that the cluster has out', () => {
  it('is not brought in by drain in, which forgets only what an operator wanted', () => {
    const asked = {
      ...request({ from: '10.0.0.1', to: '10.0.0.9', ramp }),
      direction: 'in' as const,
      servers: [{ address: '10.0.0.1' }],
      force: false,
    };
    const operator = { service, server: leaving.server, reason: 'operator', weight: 100 } as const;
    for (const remembered of [[], [operator]]) {
      const { selections, skipped } = selectIn(asked, snapshot, { remembered, clusters: [claim] });
      expect(selections).toEqual([]);
      expect(skipped).toEqual([
        {
          service,
          server: leaving.server,
          kind: 'out-by-cluster',
          message:
            'is kept out by cluster prod, node worker-1: exclude-label, since 2026-01-01 00:00 UTC; drain kube brings it in when the cluster wants it',
        },
      ]);
    }
    const without = selectIn(asked, snapshot, { remembered: [operator], clusters: [] });
    expect(without.selections.map(({ moving }) => moving[0]?.target)).toEqual([100]);
  });

  it('stands in status with its cluster, node and reason; one that is in does not', () => {
    expect(
      clusterLines([{ ...claim, servers: [{ ...leaving, sinceMs: Date.now() }] }], false),
    ).toBe(
      'out: 10.0.0.1:80 in tcp/10.0.0.100:80, for 0s: cluster prod, node worker-1: exclude-label, weight 100 before\n',
    );
    const [line, rest] = clusterLines([claim], true).split('\n');
    expect(rest).toBe('');
    expect(JSON.parse(line ?? '')).toEqual({
      state: 'out',
      server: '10.0.0.1:80',
      service,
      table: 'ipvsadm',
      reason: 'cluster',
      weight: 100,
      since: '2026-01-01T00:00:00.000Z',
      cluster: 'prod',
      node: 'worker-1',
      cause: 'exclude-label',
    });
  });
});

describe('a service that a cluster drives', () => {
  it('is handed over by no rollout, whoever’s its servers are, unless somebody insists', () => {
    const { plan } = buildPlan(request({ from: '10.0.0.2', to: '10.0.0.9', ramp }), [
      { director: 'lb', snapshot },
    ]);
    if (!plan) throw new Error('no plan');
    const tables = [{ director: 'lb', remembered: [], arounds: [], clusters: [claim] }];
    expect(examineMarks(plan, tables, { force: false })).toEqual([
      {
        severity: 'error',
        kind: 'conflict',
        code: 'service-of-cluster',
        service,
        message:
          'cluster prod drives tcp/10.0.0.100:80 (ingress/controller), and 1 of the servers that would move are its own',
        next: 'change it in the cluster (label the node, or edit the Service), or insist with --force while drain kube is stopped',
      },
    ]);
    expect(examineMarks(plan, tables, { force: true })).toMatchObject([{ severity: 'warning' }]);
    const other = [{ ...claim, service: 'tcp/10.0.0.101:80' as ServiceKey }];
    expect(
      examineMarks(plan, [{ director: 'lb', remembered: [], arounds: [], clusters: other }], {
        force: false,
      }),
    ).toEqual([]);
  });
});
