import { describe, expect, it } from 'vitest';
import { conditionBody } from '../../../src/cluster/bodies.ts';
import { driveByCluster } from '../../../src/control/kube/drive.ts';
import { requestOfController } from '../../../src/control/kube/hold-cluster.ts';
import { lineOf } from '../../../src/control/kube/kube-reporter.ts';
import { createProblemNotes } from '../../../src/control/kube/problem-notes.ts';
import { reloadedSettings, reloadNotice } from '../../../src/control/kube/settings-in-force.ts';
import type { OpenFleet } from '../../../src/control/ports.ts';
import type { DaemonProbes } from '../../../src/daemons/metric.ts';
import type { ServerKey } from '../../../src/domain/address.ts';
import type { KubeEvent, KubeNotice } from '../../../src/domain/events/kube-event.ts';
import { ok } from '../../../src/domain/failure.ts';
import { createDirector } from '../../../src/ipvs/director.ts';
import { createSimulatedIpvsadm } from '../../../src/ipvs/simulated/simulated-director.ts';
import type { ClusterApi, ClusterEvent, ServicePatch } from '../../../src/kube/kube-ports.ts';
import type { Problem } from '../../../src/kube/wanted/problem.ts';
import type { Gate, StopRequest, Store } from '../../../src/rollout/ports.ts';
import { createMemoryStore } from '../../../src/store/memory-store.ts';
import type { ApiObject } from '../../support/cluster/api-object.ts';
import { ClusterStore } from '../../support/cluster/cluster-store.ts';
import { createMemoryApi } from '../../support/cluster/memory-api.ts';
import { memoryLeases } from '../../support/cluster/memory-leases.ts';
import { node, nowMs, service, slice } from '../../support/kube/cluster-objects.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';

const settings = settingsOf('join: { after: 0s, over: 0s }\nnodeCondition: true');

/** Controllers of one cluster and one simulated director, by the virtual clock. */
function openLab() {
  const simulation = createSimulatedIpvsadm({ seed: 1, startMs: nowMs });
  const { clock } = simulation;
  const cluster = new ClusterStore(() => clock.nowMs());
  const object = (given: unknown): ApiObject => given as ApiObject;
  for (const name of ['n1', 'n2']) cluster.create('nodes', undefined, object(node(name)));
  cluster.create('services', 'shop', object(service('web')));
  cluster.create('endpointslices', 'shop', object(slice('web', 'web-1', [{ at: '10.1.0.1' }])));
  const store = createMemoryStore();
  const lab = {
    simulation,
    cluster,
    store,
    /** Servers that fail their check. */
    sick: new Set<string>(),
    probes: undefined as DaemonProbes | undefined,
    checkOf: (server: ServerKey): Gate => ({
      ...{ name: `check ${server}`, kind: 'check', server },
      ask: async () => {
        const passed = !lab.sick.has(server);
        return { passed, detail: passed ? '200 OK' : '503 Service Unavailable' };
      },
    }),
    /** Runs one until that second. */
    run(instance: string, endS: number, isShared = true) {
      const events: (KubeEvent | KubeNotice)[] = [];
      const written: string[] = [];
      let stop: StopRequest | undefined;
      const stopping = new AbortController();
      simulation.at(nowMs + endS * 1_000, () => {
        stop = { signal: 'sigterm', again: false };
        stopping.abort();
      });
      const director = createDirector({ name: 'lb1', runner: simulation.runner });
      const opened: OpenFleet = {
        access: [{ director: 'lb1', where: 'local', ipvsadm: 'ipvsadm' }],
        directors: new Map([['lb1', director]]),
        clock,
      };
      const api: ClusterApi = {
        server: 'https://10.0.0.1:6443',
        ...createMemoryApi(cluster, clock),
        ...memoryLeases(cluster),
        ready: async () => ({ ok: true, value: undefined }),
        allows: async () => ok(true),
        async patchService({ namespace, name }, patch: ServicePatch) {
          written.push('status');
          const { finalizers, ingress } = patch;
          const body = {
            ...(finalizers ? { metadata: { finalizers } } : {}),
            ...(ingress ? { status: { loadBalancer: { ingress } } } : {}),
          };
          const at = { resource: 'services', namespace, name };
          const how = { kind: 'merge', subresource: 'status' } as const;
          return { ok: true, value: cluster.patch(at, body, how) };
        },
        async patchNodeCondition(name, condition) {
          written.push(`${name} ${condition.status} ${condition.reason}`);
          const at = { resource: 'nodes', name };
          const how = { kind: 'strategic', subresource: 'status' } as const;
          cluster.patch(at, conditionBody(condition), how);
          return ok(undefined);
        },
        async createEvent({ reason }: ClusterEvent) {
          written.push(reason);
          return { ok: true, value: undefined };
        },
        repeatEvent: async () => ({ ok: true, value: undefined }),
      };
      const ended = driveByCluster(
        { lookUp: async () => [] },
        {
          ...{ api, file: 'kube.yaml', settings, opened, store, isShared, instance },
          readSettings: async () => ok(settings),
          onReload: () => {},
          adopts: false,
          stop: { requested: () => stop, signal: () => stopping.signal },
          random: () => 0,
          show: async (probes) => {
            lab.probes = probes;
            return ok(async () => {});
          },
          createCheck: async (_, { key }) => ok(lab.checkOf(key)),
          emit: (event) => void events.push(event),
        },
      );
      const types = () => events.map(({ type }) => type);
      return { ended, events, types, written };
    },
    weights: () =>
      Object.fromEntries(
        simulation.kernel.table.services.flatMap(({ servers }) =>
          servers.map(({ key, weight }) => [key, weight]),
        ),
      ),
  };
  return lab;
}

describe('two instances of one cluster', () => {
  it('are one that writes, and one that goes on when the first has stopped', async () => {
    const lab = openLab();
    const first = lab.run('first', 20);
    const second = lab.run('second', 60);
    lab.simulation.at(nowMs + 30_000, () => {
      const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
      const at = { resource: 'nodes', name: 'n2' };
      lab.cluster.patch(at, { metadata: { labels } }, { kind: 'merge' });
    });
    expect(await first.ended).toEqual(ok(143));
    expect(first.types()).toContain('leader');
    expect(first.types()).toContain('server-joined');
    expect(second.written).toEqual([]);
    expect(second.types()).not.toContain('server-joined');
    expect(await second.ended).toEqual(ok(143));
    expect(second.types()).toContain('leader');
    expect(second.written).toContain('ServerDrained');
    expect(lab.weights()).toEqual({ '10.0.0.1:30080': 100 });
  });
});

describe('health', () => {
  it('takes a server to weight 0 and leaves its row, until its check has passed twice', async () => {
    const lab = openLab();
    const run = lab.run('only', 60, false);
    const seen: unknown[] = [];
    const at = (second: number, act: () => void): void =>
      lab.simulation.at(nowMs + second * 1_000, act);
    at(20, () => {
      seen.push(lab.weights());
      lab.sick.add('10.0.0.2:30080');
    });
    // At 20 s three connections a minute end: the row stays however long it is empty.
    at(40, () => {
      seen.push(lab.weights());
      lab.sick.clear();
    });
    expect(await run.ended).toEqual(ok(143));
    seen.push(lab.weights());
    const full = { '10.0.0.1:30080': 100, '10.0.0.2:30080': 100 };
    expect(seen).toEqual([full, { ...full, '10.0.0.2:30080': 0 }, full]);
    expect(run.types().filter((type) => /^(check|server)-/.test(type))).toEqual([
      ...['server-joined', 'server-joined'],
      ...['check-failed', 'server-leaving', 'check-passed', 'server-joined'],
    ]);
  });

  it('that no server ever had is not believed: nodes join, and the check is warned of', async () => {
    const lab = openLab();
    for (const server of ['10.0.0.1:30080', '10.0.0.2:30080']) lab.sick.add(server);
    const run = lab.run('only', 20, false);
    expect(await run.ended).toEqual(ok(143));
    expect(lab.weights()).toEqual({ '10.0.0.1:30080': 100, '10.0.0.2:30080': 100 });
    expect(run.events.filter(({ type }) => type === 'problem')).toMatchObject([
      { reason: 'HealthNotBelieved', about: 'Service shop/web' },
    ]);
  });

  it('is waited for by a node that joins beside others', async () => {
    const lab = openLab();
    lab.sick.add('10.0.0.2:30080');
    const run = lab.run('only', 20, false);
    expect(await run.ended).toEqual(ok(143));
    expect(lab.weights()).toEqual({ '10.0.0.1:30080': 100 });
  });
});

it('a node that is sent away can be waited for, and says so when it is back', async () => {
  const lab = openLab();
  const run = lab.run('only', 60, false);
  const excluded = 'node.kubernetes.io/exclude-from-external-load-balancers';
  const label = (second: number, value: string | null): void =>
    lab.simulation.at(nowMs + second * 1_000, () => {
      const at = { resource: 'nodes', name: 'n2' };
      lab.cluster.patch(at, { metadata: { labels: { [excluded]: value } } }, { kind: 'merge' });
    });
  label(20, '');
  label(40, null);
  expect(await run.ended).toEqual(ok(143));
  expect(run.written.filter((one) => /^n\d /.test(one))).toEqual([
    ...['n2 False Draining', 'n2 True Drained', 'n2 False InService'],
  ]);
});

it('metrics tell what the cluster is known to be, and how long news takes to the table', async () => {
  const lab = openLab();
  const run = lab.run('only', 30, false);
  const seen: unknown[] = [];
  const sampled = (name: string): unknown =>
    lab.probes?.metrics().find((one) => one.name === name)?.samples;
  lab.simulation.at(nowMs + 20_000, () => {
    seen.push(lab.probes?.unknown(), sampled('drain_kube_synced'), sampled('drain_kube_leader'));
    seen.push(sampled('drain_kube_servers'), sampled('drain_kube_apply_lag_seconds'));
  });
  expect(await run.ended).toEqual(ok(143));
  const [unknown, synced, leader, servers, lag] = seen;
  expect(unknown).toEqual([]);
  expect(synced).toHaveLength(3);
  expect(leader).toEqual([{ labels: {}, value: 1 }]);
  const service = 'tcp/203.0.113.10:80';
  expect(servers).toEqual([{ labels: { director: 'lb1', service, state: 'in' }, value: 2 }]);
  expect(lag).toMatchObject([{ suffix: '_sum' }, { suffix: '_count' }]);
});

describe('drain continue', () => {
  const ask = (store: Store, rollout: string, kind: 'pause' | 'continue') => {
    const notes: unknown[] = [];
    const call = { rollout, store, request: { kind }, waits: true } as const;
    return requestOfController(call, { note: (note) => void notes.push(note) }).then((answer) => ({
      ...{ answer, notes },
    }));
  };

  it('reaches the instance that leads, which knows nothing else to be asked', async () => {
    const lab = openLab();
    const run = lab.run('first', 20);
    const asked: Awaited<ReturnType<typeof ask>>[] = [];
    lab.simulation.at(nowMs + 10_000, async () => {
      asked.push(
        await ask(lab.store, 'kube-prod', 'pause'),
        await ask(lab.store, 'kube-prod', 'continue'),
      );
    });
    expect(await run.ended).toEqual(ok(143));
    expect(asked).toMatchObject([
      { answer: { ok: false, failure: { kind: 'usage' } }, notes: [] },
      { answer: ok({ exitCode: 0 }), notes: [{ controller: 'kube-prod' }] },
    ]);
    expect(run.types().filter((type) => type === 'continued')).toHaveLength(1);
    const later = await ask(lab.store, 'kube-prod', 'continue');
    expect(later.answer).toMatchObject({ ok: false, failure: { kind: 'usage' } });
    expect((await ask(lab.store, '20261130-120000000-7f3a', 'continue')).answer).toBeUndefined();
  });
});

describe('a file that is read again', () => {
  it.each([
    ['with other rules is in force', 'leave: { timeout: 1m }', 'reloaded'],
    ['of another cluster is refused', 'namespaces: [shop]', 'reload-refused'],
  ])('%s', (_, lines, type) => {
    const read = settingsOf(lines);
    const reloaded = reloadedSettings(settings, ok(read));
    expect(reloadNotice(reloaded).type).toBe(type);
    if (reloaded.ok) expect(reloaded.value).toBe(read);
  });
});

it('a problem is said once for as long as it lasts', () => {
  const problem = (message: string): Problem => ({
    ...{ reason: 'NoNodePort', severity: 'Warning', message },
    about: { kind: 'Service', namespace: 'shop', name: 'web', uid: 'u' },
  });
  const told = createProblemNotes();
  const once = told([problem('none')]);
  expect(once.notices).toEqual([
    {
      ...{ type: 'problem', severity: 'Warning', reason: 'NoNodePort' },
      ...{ about: 'Service shop/web', message: 'none' },
    },
  ]);
  expect(once.notes).toMatchObject([{ type: 'Warning', reason: 'NoNodePort', note: 'none' }]);
  expect(told([problem('none')]).notices).toEqual([]);
  expect(told([]).notices).toEqual([]);
  expect(told([problem('none')]).notices).toHaveLength(1);
});

it('a line shows no control character of a name from outside', () => {
  const at = { v: 1, at: '2026-11-30T12:00:00Z' } as const;
  const { sentence, level } = lineOf({
    ...{ ...at, type: 'problem', severity: 'Warning', reason: 'NoAddress' },
    ...{ about: 'Service shop/\u001b[31mweb', message: 'none' },
  });
  expect(sentence).not.toContain('\u001b');
  expect(level).toBe('warning');
});
