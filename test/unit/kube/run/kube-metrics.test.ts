import { describe, expect, it } from 'vitest';
import { unsyncedReflector } from '../../../../src/kube/reflector/reflector-state.ts';
import { counted, noCounts } from '../../../../src/kube/seen/kube-counts.ts';
import { kubeMetrics } from '../../../../src/kube/seen/kube-metrics.ts';
import { createExposition } from '../../../../src/serve/metrics/exposition.ts';
import {
  DecideLab,
  node,
  wantedServer as one,
  tainted,
  web,
} from '../../../support/kube/decide-lab.ts';

describe('the metrics of drain kube', () => {
  it('have no name of a node, pod or Service in their labels: whoever makes those makes no series', () => {
    const hostile = { node: 'worker"} 1\n#', uid: 'u' };
    const of = { namespace: 'team"x', name: 'we"b', port: 'http' };
    const lab = new DecideLab().want([one(1, hostile), one(2), one(3)], { of }).until(1);
    lab.want([one(1, { ...hostile, presence: tainted }), one(2), one(3)], { of }).until(60);
    const found = kubeMetrics({
      counts: lab.events.reduce(counted, noCounts),
      standings: [
        {
          ...{ director: 'lb1', claims: lab.claims, states: new Map(), held: new Map() },
          ...{ applied: lab.wanted, atMs: lab.nowMs },
        },
      ],
      watches: { nodes: [unsyncedReflector] },
      ...{ isLeader: true, statusErrors: 0, nowMs: lab.nowMs },
      applyLag: { count: 0, totalMs: 0 },
    });
    const values = new Set(
      found.flatMap(({ samples }) => [...samples].flatMap(({ labels }) => Object.values(labels))),
    );
    expect([...values].toSorted()).toEqual(['empty', 'in', 'lb1', 'nodes', 'taint', web]);
  });

  it('count servers by state, what is held, and departures by cause and outcome', async () => {
    const lab = new DecideLab().want([one(1), one(2), one(3)]).until(1);
    lab.want([one(1, { presence: tainted }), one(2), one(3)]).until(60);
    const counts = lab.events.reduce(counted, noCounts);
    const standing = {
      director: 'lb1',
      claims: lab.claims,
      states: new Map([[web, new Map([[node(4), 'waiting' as const]])]]),
      held: new Map([['keep', 2]]),
      applied: lab.wanted,
      atMs: lab.nowMs,
    };
    const found = kubeMetrics({
      counts,
      standings: [standing],
      watches: {
        nodes: [
          {
            ...{ ...unsyncedReflector, isSynced: true, restarts: { cut: 2 } },
            lastHeardMs: lab.nowMs - 1_500,
          },
        ],
        services: [unsyncedReflector],
      },
      isLeader: true,
      statusErrors: 3,
      applyLag: { count: 2, totalMs: 500 },
      nowMs: lab.nowMs,
    });
    const byName = new Map(found.map(({ name, samples }) => [name, samples]));
    expect(byName.get('drain_kube_synced')).toEqual([
      { labels: { resource: 'nodes' }, value: 1 },
      { labels: { resource: 'services' }, value: 0 },
    ]);
    expect(byName.get('drain_kube_servers')).toEqual([
      { labels: { director: 'lb1', service: web, state: 'waiting' }, value: 1 },
      { labels: { director: 'lb1', service: web, state: 'in' }, value: 2 },
    ]);
    expect(byName.get('drain_kube_held')).toEqual([
      { labels: { director: 'lb1', why: 'keep' }, value: 2 },
    ]);
    expect(byName.get('drain_kube_leaves_total')).toEqual([
      { labels: { cause: 'taint', outcome: 'empty' }, value: 1 },
    ]);
    const text = await createExposition().write(found);
    const lines = text.split('\n').filter((line) => line.startsWith('drain_kube_'));
    expect(lines).toEqual(
      expect.arrayContaining([
        'drain_kube_watch_restarts_total{resource="nodes",cause="cut"} 2',
        'drain_kube_last_event_seconds{resource="nodes"} 1.5',
        'drain_kube_apply_lag_seconds_sum 0.5',
        'drain_kube_apply_lag_seconds_count 2',
        'drain_kube_leave_seconds_count{cause="taint"} 1',
        'drain_kube_status_errors_total 3',
      ]),
    );
    expect(text).toContain('# TYPE drain_kube_leave_seconds summary');
  });
});
