import { describe, expect, it } from 'vitest';
import { counted, noCounts } from '../../../../src/kube/seen/kube-counts.ts';
import { kubeMetrics } from '../../../../src/kube/seen/kube-metrics.ts';
import {
  DecideLab,
  node,
  wantedServer as one,
  tainted,
  web,
} from '../../../support/kube/decide-lab.ts';

describe('the metrics of drain kube', () => {
  it('count servers by state, what is held, and departures by cause and outcome', () => {
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
      synced: { nodes: true, services: false },
      isLeader: true,
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
  });
});
