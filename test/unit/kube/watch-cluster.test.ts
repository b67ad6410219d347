import { expect, it } from 'vitest';
import { watchCluster } from '../../../src/kube/reflector/watch-cluster.ts';
import { ClusterStore } from '../../support/cluster/cluster-store.ts';
import { createMemoryApi } from '../../support/cluster/memory-api.ts';
import { standingClock } from '../../support/notice-clocks.ts';

/** All that is waiting for promises alone has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function begin(namespaces?: readonly string[]) {
  const clock = standingClock();
  const store = new ClusterStore(() => clock.nowMs());
  const stop = new AbortController();
  const failing = new Set<string>();
  const api = createMemoryApi(store, clock, {
    list: (resource) => (failing.has(resource) ? 'forbidden' : undefined),
    watch: () => undefined,
  });
  const seen = { changes: 0 };
  const start = () => {
    const watched = watchCluster({
      ...{ api, namespaces, clock, random: () => 0, signal: stop.signal },
      onChange: () => {
        seen.changes += 1;
      },
    });
    const end = async () => {
      stop.abort();
      await watched.ended;
    };
    return { watched, end };
  };
  const node = (name: string) => store.create('nodes', undefined, { metadata: { name } });
  const service = (namespace: string, name: string) =>
    store.create('services', namespace, { metadata: { name }, spec: { type: 'LoadBalancer' } });
  return { ...{ clock, store, api, failing, seen, start, node, service } };
}

it('a cluster is none before each of its three lists has succeeded', async () => {
  const { clock, failing, node, start } = begin();
  node('a');
  failing.add('endpointslices');
  const { watched, end } = start();
  await settled();
  expect(watched.snapshot().synced).toEqual({ nodes: true, services: true, endpointslices: false });
  expect(watched.isCurrent()).toBe(false);
  expect(watched.states().endpointslices[0]?.trouble?.failure).toMatchObject({
    ...{ code: 'forbidden', verb: 'list', resource: 'endpointslices' },
  });
  failing.clear();
  clock.moveOn(800);
  await settled();
  expect(watched.snapshot().synced.endpointslices).toBe(true);
  expect(watched.isCurrent()).toBe(true);
  await end();
});

it('a thousand heartbeats of its nodes change no snapshot, and nobody is told', async () => {
  const { store, seen, node, start } = begin();
  for (let i = 0; i < 100; i++) node(`n${i}`);
  const { watched, end } = start();
  await settled();
  const before = watched.snapshot();
  const { changes } = seen;
  for (let i = 0; i < 1_000; i++) {
    const conditions = [{ type: 'Ready', status: 'Unknown', lastHeartbeatTime: `${i}` }];
    store.patch(
      { resource: 'nodes', name: `n${i % 100}` },
      { status: { conditions } },
      { kind: 'merge', subresource: 'status' },
    );
  }
  expect(seen.changes).toBe(changes);
  expect(watched.snapshot()).toBe(before);
  store.delete({ resource: 'nodes', name: 'n7' });
  expect(seen.changes).toBe(changes + 1);
  expect(watched.snapshot().nodes.size).toBe(99);
  await end();
});

it('with namespaces in the file their Services alone are asked for', async () => {
  const { api, service, start } = begin(['web', 'shop']);
  for (const namespace of ['web', 'shop', 'kube-system']) service(namespace, 'front');
  const { watched, end } = start();
  await settled();
  expect([...watched.snapshot().services.keys()]).toEqual(['web/front', 'shop/front']);
  expect(api.asked.filter((one) => one === 'list services').length).toBe(2);
  expect(api.asked.filter((one) => one === 'list nodes').length).toBe(1);
  await end();
});
