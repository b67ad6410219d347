import { afterEach, beforeAll, expect, it } from 'vitest';
import { createClusterApi } from '../../src/cluster/create-cluster-api.ts';
import { connectionTo, openCluster } from '../../src/cluster/open-cluster.ts';
import type { ApiResult, ClusterApi, WatchChange } from '../../src/kube/kube-ports.ts';
import { describeCluster, describeStandIn } from '../support/cluster/cluster-under-test.ts';
import { until } from '../support/eventually.ts';
import { longEnough } from '../support/long-enough.ts';

const given = <T>(answer: ApiResult<T>): T => {
  if (!answer.ok) throw new Error(JSON.stringify(answer.failure));
  return answer.value;
};
const at = (file: string) => ({ kind: 'kubeconfig', file, allowsExec: false }) as const;
const codeOf = (answer: ApiResult<unknown>) => (answer.ok ? 'ok' : answer.failure.code);

describeCluster('what drain asks of an API server', (get) => {
  let api: ClusterApi;
  beforeAll(() => {
    const opened = openCluster(at(get().kubeconfig));
    if (!opened.ok) throw new Error(opened.failure.what);
    api = opened.value;
  });
  const spec = (holder: string) => ({
    ...{ holder, durationSeconds: 15, acquiredMs: 1_800_000_000_123 },
    ...{ renewedMs: 1_800_000_002_123, transitions: 1 },
  });

  it('is ready, and lists in pages of one version', async () => {
    expect(codeOf(await api.ready())).toBe('ok');
    const all = given(await api.list('services', { limit: 500 }));
    expect(all.version).toMatch(/^\d+$/);
    expect(Array.isArray(all.items)).toBe(true);
  });

  it('keeps a Lease with its microseconds, and gives it to the first of two', async () => {
    const name = { namespace: 'default', name: `${get().prefix}-lease` };
    expect(codeOf(await api.readLease(name))).toBe('not-found');
    const made = given(await api.createLease(name, spec('one')));
    expect(made).toEqual({ ...spec('one'), version: made.version });
    expect(codeOf(await api.createLease(name, spec('two')))).toBe('already-exists');
    const renewed = given(await api.replaceLease(name, spec('two'), made.version));
    expect(renewed.holder).toBe('two');
    expect(codeOf(await api.replaceLease(name, spec('three'), made.version))).toBe('conflict');
    expect(given(await api.readLease(name))).toEqual(renewed);
  });

  it('takes an Event, and that it happens again', async () => {
    const name = { namespace: 'default', name: `${get().prefix}.1` };
    const event = {
      name,
      type: 'Warning',
      ...{ reason: 'NotDraining', action: 'Drain', note: 'x'.repeat(2_000) },
      regarding: { kind: 'Node', name: 'n1', uid: 'u1' },
      ...{ reporter: { controller: 'drain.example/kube', instance: 'lb1' }, atMs: Date.now() },
    } as const;
    expect(codeOf(await api.createEvent(event))).toBe('ok');
    expect(codeOf(await api.createEvent(event))).toBe('already-exists');
    expect(codeOf(await api.repeatEvent(name, { count: 2, lastMs: Date.now() }))).toBe('ok');
    const gone = { ...name, name: `${name.name}-gone` };
    expect(codeOf(await api.repeatEvent(gone, { count: 2, lastMs: 0 }))).toBe('not-found');
  });

  it('refuses a watch from a version of long ago or goes on from it, and ends when called off', async () => {
    const { version } = given(await api.list('nodes', { limit: 500 }));
    const stop = new AbortController();
    const seen: WatchChange['kind'][] = [];
    const ask = { version, timeoutMs: 60_000, idleMs: 60_000, signal: stop.signal };
    const watching = api.watch('nodes', { ...ask, on: ({ kind }) => seen.push(kind) });
    await until(() => seen.includes('opened'));
    stop.abort();
    expect(await watching).toMatchObject({ kind: 'failed', failure: { code: 'aborted' } });
  });
});

// Only the stand-in can be told to fail.
describeStandIn('what goes wrong at an API server', (get) => {
  const server = () => {
    const { standIn } = get();
    if (!standIn) throw new Error('only the stand-in can be told to fail');
    return standIn;
  };
  const open = (file = get().kubeconfig): ClusterApi => {
    const opened = openCluster(at(file));
    if (!opened.ok) throw new Error(opened.failure.what);
    return opened.value;
  };
  const watch = (api: ClusterApi, more: object = {}) => {
    const stop = new AbortController();
    const seen: WatchChange[] = [];
    const end = api.watch('nodes', {
      ...{ version: server().store.version, timeoutMs: 60_000, idleMs: 60_000 },
      ...{ signal: stop.signal, on: (change) => seen.push(change), ...more },
    });
    return { seen, end, stop: () => stop.abort() };
  };
  const isOpen = async () => (await until(() => server().watches('nodes')[0])) ?? undefined;
  beforeAll(() => {
    const { store } = server();
    for (const name of ['a', 'b', 'c']) store.create('nodes', undefined, { metadata: { name } });
    store.create('services', 'web', {
      ...{ metadata: { name: 'shop' }, spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } },
    });
  });
  afterEach(() => server().faults.clear());

  it.each([
    [{ kind: 'status', status: 500 }, 'busy'],
    [{ kind: 'status', status: 429, retryAfterSeconds: 7 }, 'busy'],
    [{ kind: 'status', status: 410 }, 'gone'],
    [{ kind: 'cut' }, 'unreachable'],
    [{ kind: 'half' }, 'unreachable'],
  ] as const)('a list that meets %j is no list', async (fault, code) => {
    server().faults.plan({ fault, verb: 'list' });
    const answer = await open().list('nodes', { limit: 500 });
    expect(answer).toMatchObject({ ok: false, failure: { code, verb: 'list', resource: 'nodes' } });
    if (!answer.ok && fault.kind === 'status' && fault.status === 429) {
      expect(answer.failure.retryAfterMs).toBe(7_000);
    }
  });

  it('half a list, and then silence, ends in time', async () => {
    const connection = connectionTo(at(get().kubeconfig));
    if (!connection.ok) throw new Error(connection.failure.what);
    for (const kind of ['half-and-silence', 'silence'] as const) {
      await longEnough(50, async (limitMs) => {
        const limits = { listMs: limitMs, callMs: limitMs, leaseMs: limitMs };
        const before = server().asked.length;
        server().faults.plan({ fault: { kind }, verb: 'list' });
        const answer = await createClusterApi(connection.value, limits).list('nodes', { limit: 5 });
        server().faults.clear();
        // Not in the handshake, before anything was asked.
        expect(server().asked.length).toBeGreaterThan(before);
        expect(codeOf(answer)).toBe('timed-out');
      });
    }
  });

  it('a list in pages is one list, until its version is compacted', async () => {
    const api = open();
    const { store } = server();
    const first = given(await api.list('nodes', { limit: 2 }));
    store.create('nodes', undefined, { metadata: { name: 'd' } });
    const more = { limit: 2, continueAt: first.continueAt };
    const second = given(await api.list('nodes', more));
    const names = [...first.items, ...second.items].map(
      (one) => (one as { metadata: { name: string } }).metadata.name,
    );
    expect(names).toEqual(['a', 'b', 'c']);
    expect([first.version, second.continueAt]).toEqual([second.version, undefined]);
    store.compact();
    expect(codeOf(await api.list('nodes', more))).toBe('gone');
  });

  it('a watch tells changes, deletions and bookmarks, and ends as agreed', async () => {
    const { store } = server();
    const { seen, end } = watch(open());
    const watched = await isOpen();
    store.patch(
      { resource: 'nodes', name: 'a' },
      { metadata: { labels: { x: '1' } } },
      { kind: 'merge' },
    );
    store.delete({ resource: 'nodes', name: 'd' });
    watched.bookmark();
    watched.close();
    expect(await end).toEqual({ kind: 'closed' });
    expect(seen).toMatchObject([
      { kind: 'opened' },
      { kind: 'set', object: { metadata: { name: 'a', labels: { x: '1' } } } },
      { kind: 'deleted', object: { metadata: { name: 'd' } } },
      { kind: 'bookmark', version: store.version },
    ]);
  });

  it('a watch that is cut, in the middle of a line as well, is no end as agreed', async () => {
    for (const halfLine of [false, true]) {
      // Not one of before, of which the server has not yet noticed that it is over.
      await until(() => server().watches('nodes').length === 0);
      const { end } = watch(open());
      (await isOpen()).cut(halfLine);
      expect(await end).toMatchObject({ kind: 'failed', failure: { code: 'unreachable' } });
    }
  });

  it('a watch of which nothing is heard ends in time', async () => {
    server().faults.plan({ fault: { kind: 'silence' }, verb: 'watch' });
    const { end, seen } = watch(open(), { idleMs: 50 });
    expect(await end).toMatchObject({ kind: 'failed', failure: { code: 'timed-out' } });
    expect(seen).toEqual([{ kind: 'opened' }]);
  });

  it('a version that is gone is said both ways', async () => {
    const { store, faults } = server();
    const api = open();
    faults.plan({ fault: { kind: 'gone-event' }, verb: 'watch' });
    expect(await watch(api).end).toMatchObject({ failure: { code: 'gone', status: 410 } });
    const version = store.version;
    store.create('nodes', undefined, { metadata: { name: 'e' } });
    store.compact();
    expect(await watch(api, { version }).end).toMatchObject({
      failure: { code: 'gone', status: 410 },
    });
  });

  it('a user without the right, or unknown, is told so with verb and resource', async () => {
    server().rules.set('drain', [{ verbs: ['get'], resources: ['*'] }]);
    const answer = await open().list('nodes', { limit: 1 });
    server().rules.clear();
    expect(answer).toMatchObject({
      failure: { code: 'forbidden', verb: 'list', resource: 'nodes', status: 403 },
    });
    expect(answer.ok ? '' : answer.failure.message).toContain('User "drain" cannot list');
  });

  it('a user is told what it may do, by verb and resource', async () => {
    const status = { verb: 'patch', group: '', resource: 'services/status' };
    server().rules.set('drain', [{ verbs: ['get'], resources: ['*'] }]);
    const denied = await open().allows(status);
    server().rules.clear();
    expect(denied).toEqual({ ok: true, value: false });
    expect(await open().allows(status)).toEqual({ ok: true, value: true });
  });

  it('a client certificate is as good as a token', async () => {
    const api = open(server().kubeconfigByCertificate);
    server().rules.set('certified', []);
    expect(codeOf(await api.list('nodes', { limit: 1 }))).toBe('forbidden');
    server().rules.clear();
    expect(codeOf(await api.list('nodes', { limit: 1 }))).toBe('ok');
  });

  it('status and finalizers are one patch, late ones a conflict, and the spec is not touched', async () => {
    const api = open();
    const name = { namespace: 'web', name: 'shop' };
    const place = { resource: 'services', ...name };
    const { store } = server();
    const version = store.get(place).metadata.resourceVersion ?? '';
    const ingress = [{ ip: '203.0.113.10', ipMode: 'VIP' as const }];
    const finalizers = ['drain.example/prod'];
    const patched = given(await api.patchService(name, { version, finalizers, ingress }));
    expect(patched).toMatchObject({
      metadata: { finalizers },
      ...{ spec: { type: 'LoadBalancer' }, status: { loadBalancer: { ingress } } },
    });
    expect(codeOf(await api.patchService(name, { version, finalizers: [] }))).toBe('conflict');
    const { metadata } = store.delete(place);
    const more = { version: metadata.resourceVersion ?? '', finalizers: [...finalizers, 'x/y'] };
    expect(codeOf(await api.patchService(name, more))).toBe('invalid');
    await api.patchService(name, { ...more, finalizers: [] });
    expect(store.all('services')).toEqual([]);
  });

  it('a condition of a node leaves those of the kubelet alone', async () => {
    const { store } = server();
    const place = { resource: 'nodes', name: 'a' };
    const ready = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    store.patch(place, ready, { kind: 'strategic', subresource: 'status' });
    const type = 'DrainedFromLoadBalancers';
    const condition = { type, status: 'True', reason: 'Empty', message: 'no connections' } as const;
    const times = { sinceMs: 1_800_000_000_000, atMs: 1_800_000_000_000 };
    expect(codeOf(await open().patchNodeCondition('a', { ...condition, ...times }))).toBe('ok');
    expect(store.get(place).status).toMatchObject({
      conditions: [{ type: 'Ready', status: 'True' }, condition],
    });
  });

  it('a server that is away is unreachable, and comes back', async () => {
    const api = open();
    await server().away();
    expect(codeOf(await api.list('nodes', { limit: 1 }))).toBe('unreachable');
    await server().back();
    expect(codeOf(await api.list('nodes', { limit: 1 }))).toBe('ok');
  });
});
