import { expect, it } from 'vitest';
import type { ClusterSnapshot } from '../../../src/kube/cluster/cluster.ts';
import { readSlice } from '../../../src/kube/cluster/read-slice.ts';
import type { Wanted } from '../../../src/kube/wanted/wanted.ts';
import { createWantedView, nextChangeMs } from '../../../src/kube/wanted/wanted-view.ts';
import { ago, cluster, node, nowMs, service, slice } from '../../support/kube/cluster-objects.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';

const local = { externalTrafficPolicy: 'Local' };
const webSlice = (ready: boolean) => slice('web', 'web-1', [{ at: '10.1.0.1', node: 'n1', ready }]);

function viewed() {
  let snapshot = cluster({
    nodes: [node('n1'), node('n2', { ready: { lastTransitionTime: ago(4_000) } })],
    services: [
      service('api', { ports: [{ name: 'http', port: 81, nodePort: 30_081 }] }),
      service('web', { spec: local }),
    ],
    slices: [webSlice(true)],
  });
  let settings = settingsOf();
  const view = createWantedView({
    snapshot: () => snapshot,
    settings: () => settings,
    directorAddresses: [],
  });
  return {
    view,
    become(next: (now: ClusterSnapshot) => ClusterSnapshot) {
      snapshot = next(snapshot);
    },
    reload(lines: string) {
      settings = settingsOf(lines);
    },
  };
}

const servers = ({ services }: Wanted, index: number) =>
  services[index]?.servers.map(({ node: name, presence }) => `${name} ${presence.kind}`);

it('what is wanted is the same object for as long as it says the same', () => {
  const { view, become } = viewed();
  const before = view(nowMs);
  expect(view(nowMs + 1)).toBe(before);
  become((now) => ({ ...now, nodes: new Map(now.nodes) }));
  expect(view(nowMs + 2)).toBe(before);
});

it('a slice makes its own Service anew, and no other', () => {
  const { view, become } = viewed();
  const before = view(nowMs);
  expect(servers(before, 1)).toEqual(['n1 serves', 'n2 leaves']);
  const changed = readSlice(webSlice(false));
  become((now) => ({ ...now, slices: new Map([['shop/web', changed ? [changed] : []]]) }));
  const after = view(nowMs);
  expect(servers(after, 1)).toEqual(['n1 leaves', 'n2 leaves']);
  expect(after.services[0]).toBe(before.services[0]);
});

it('it changes by itself when a node has been Ready for long enough', () => {
  const { view } = viewed();
  const before = view(nowMs);
  expect(servers(before, 0)).toEqual(['n1 serves', 'n2 waits']);
  expect(nextChangeMs(before)).toBe(nowMs + 6_000);
  expect(view(nowMs + 5_999)).toBe(before);
  expect(servers(view(nowMs + 6_000), 0)).toEqual(['n1 serves', 'n2 serves']);
  expect(nextChangeMs(view(nowMs + 6_000))).toBe(Number.POSITIVE_INFINITY);
});

it('a reload counts at once', () => {
  const { view, reload } = viewed();
  view(nowMs);
  reload('join: { after: 1s }');
  expect(servers(view(nowMs), 0)).toEqual(['n1 serves', 'n2 serves']);
});
