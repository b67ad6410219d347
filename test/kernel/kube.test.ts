import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { KubeEvent } from '../../src/domain/events/kube-event.ts';
import { excluded } from '../support/cluster/shop.ts';
import { eventually } from '../support/eventually.ts';
import { type EndpointSketch, node, service, slice } from '../support/kube/cluster-objects.ts';
import { type Held, type Load, tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { startLabCluster } from '../support/lab/kube/lab-cluster.ts';
import { startSixthServer } from '../support/lab/kube/sixth-server.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const address = virtualAddresses.v4.nat;
/** Ports of the virtual services, and the node ports behind them. */
const ports = {
  web: { port: 80, nodePort: 8080 },
  local: { port: 443, nodePort: 8081 },
  old: { port: 8082, nodePort: 8082 },
} as const;
type ServiceName = keyof typeof ports;
const keyOf = (name: ServiceName): string => `tcp/${address}:${ports[name].port}`;
/**
 * The bar is `DRAIN_KUBE_CONNECTIONS=50000 DRAIN_KUBE_PER_SECOND=200`; without it one round at a tenth: a
 * reading of the connections that have ended takes seconds in here, and a twentieth of the time.
 */
const connections = Number(process.env.DRAIN_KUBE_CONNECTIONS ?? 0);
const rate = Number(process.env.DRAIN_KUBE_PER_SECOND ?? 20) / 20;
const dying = 'ToBeDeletedByClusterAutoscaler';
const ready = { lastTransitionTime: '2020-01-01T00:00:00Z' };

describeKernel('drain kube', (lab) => {
  test('nodes and pods come and go by the real kubectl, and no connection fails', async () => {
    const [cluster, sixth] = await Promise.all([startLabCluster(lab), startSixthServer(lab)]);
    const servers = [...lab.servers, sixth];
    const serverOf = (n: number) => servers[n - 1] ?? sixth;
    const addNode = (n: number) =>
      cluster.create('nodes', node(`n${n}`, { ready, address: `10.0.2.1${n}` }));
    const addService = (name: ServiceName, spec: Record<string, unknown> = {}) =>
      cluster.create(
        'services',
        service(name, {
          annotations: { 'drain.example/address': address },
          spec,
          ports: [{ name: 'http', protocol: 'TCP', targetPort: 8080, ...ports[name] }],
        }),
        'shop',
      );
    for (const n of [1, 2, 3, 4, 5, 6]) await addNode(n);
    await addService('web');
    await addService('old');
    await addService('local', { externalTrafficPolicy: 'Local' });
    // Pods of the Local service are on half of the nodes: kube-proxy of the others refuses its connections.
    let pods: readonly EndpointSketch[] = [1, 2, 3].map((n) => pod(n));
    const setPods = (next: readonly EndpointSketch[]) => {
      pods = next;
      const { endpoints } = slice('local', 'local-1', pods);
      return cluster.patch('endpointslices', 'local-1', { endpoints }, 'shop');
    };
    for (const n of [4, 5, 6]) await serverOf(n).refuse(ports.local.nodePort);
    await cluster.create('endpointslices', slice('local', 'local-1', pods), 'shop');
    for (const name of ['web', 'old'])
      await cluster.create('endpointslices', slice(name, `${name}-1`, [pod(1)]), 'shop');
    await cluster.create('deployments', deployment, 'shop');

    const folder = join(lab.folder, 'kube');
    const file = join(folder, 'kube.yaml');
    await lab.run(['mkdir', '-p', folder]);
    await lab.writeFile(
      file,
      `cluster: prod
kubeconfig: ${cluster.kubeconfig}
class: drain.example/ipvs
addresses: [10.0.1.0/24]
nodes: { within: [10.0.2.0/24] }
join: { after: 0s, over: 2s }
# Nodes of the lab have no kube-proxy to ask.
defaults: { check: none }
`,
    );
    const state = ['--state', join(folder, 'state')];
    const kube = await lab.startDrain(['kube', file, '--output', 'json', ...state]);
    const eventsFrom = (at: number): readonly KubeEvent[] =>
      kube.stdout.slice(at).map((line) => JSON.parse(line) as KubeEvent);
    /** The event of a node's server in a service, after the line `from` of what was said. */
    const said = async (
      from: number,
      type: KubeEvent['type'],
      of: ServiceName,
      n: number,
    ): Promise<KubeEvent> => {
      let at = 0;
      const line = await kube.line((one) => {
        if (at++ < from || !one.includes(`"${type}"`)) return false;
        const event = JSON.parse(one) as { readonly service?: string; readonly node?: string };
        return event.service === keyOf(of) && event.node === `n${n}`;
      }, 300_000);
      return JSON.parse(line) as KubeEvent;
    };
    const mark = (): number => kube.stdout.length;
    const rows = async (of: ServiceName): Promise<Readonly<Record<string, number>>> =>
      Object.fromEntries(
        (await lab.table()).flatMap((rule) => {
          const row = /^-a -t (\S+) -r 10\.0\.2\.1(\d):\d+ -m -w (\d+)$/.exec(rule);
          return row?.[1] === `${address}:${ports[of].port}`
            ? [[`n${row[2]}`, Number(row[3])]]
            : [];
        }),
      );
    for (const n of [1, 2, 3, 4, 5, 6]) await said(0, 'server-joined', 'web', n);
    for (const n of [1, 2, 3, 4, 5, 6]) await said(0, 'server-joined', 'old', n);
    for (const n of [1, 2, 3]) await said(0, 'server-joined', 'local', n);

    const load = (of: ServiceName, perSecond: number) =>
      lab.clients.load({ address, port: ports[of].port, perSecond: perSecond * rate });
    const loads = await Promise.all([load('web', 10), load('local', 6)]);
    const beside = await load('old', 4);
    const stream = (of: ServiceName, count: number, seconds: number) =>
      lab.clients.hold({ kind: 'stream', address, port: ports[of].port, count, seconds });
    const lags: number[] = [];

    /** Nodes that leave have weight 0 at once, and are removed when their last stream has ended. */
    const leave = async (leaving: readonly number[], sendAway: () => Promise<unknown>) => {
      const from = mark();
      const streams = await stream('web', 12, 5);
      await sendAway();
      const drained = await Promise.all(leaving.map((n) => said(from, 'server-drained', 'web', n)));
      const now = await heldNow(streams);
      for (const [i, n] of leaving.entries()) {
        expect(drained[i]).toMatchObject({ connections: 0 });
        const own = now.filter(({ server }) => server === `rs${n}`);
        expect(own.length).toBeGreaterThan(0);
        for (const one of own) {
          expect(one.state).toBe('ended');
          expect(Date.parse(drained[i]?.at ?? '')).toBeGreaterThan(one.lastAnswerMs ?? 0);
        }
      }
      expect(Object.keys(await rows('web'))).toHaveLength(6 - leaving.length);
      return from;
    };
    const heldNow = async (streams: readonly Held[]): Promise<readonly Held[]> => {
      const ids = new Set(streams.map(({ id }) => id));
      return (await lab.clients.held()).filter(({ id }) => ids.has(id));
    };
    const joined = (from: number, ...back: readonly number[]) =>
      Promise.all(back.map((n) => said(from, 'server-joined', 'web', n)));

    /** The Deployment's controllers: a pod elsewhere is ready, then one is told to end, and has ended. */
    const rollPods = async (from: readonly number[], to: readonly number[]) => {
      await cluster.kubectl('-n shop rollout restart deployment/local');
      const [restarted] = await cluster.all('deployments', 'shop');
      expect(restarted.spec.template.metadata.annotations).toHaveProperty([
        'kubectl.kubernetes.io/restartedAt',
      ]);
      for (const [i, old] of from.entries()) {
        const at = mark();
        const next = to[i] ?? 0;
        await serverOf(next).accept(ports.local.nodePort);
        await setPods([...pods, pod(next)]);
        const endsMs = await setPods(
          pods.map((one) => (one.node === `n${old}` ? ending(old) : one)),
        );
        const left = await said(at, 'server-leaving', 'local', old);
        lags.push(Date.parse(left.at) - endsMs);
        await setPods(pods.filter((one) => one.node !== `n${old}`));
        // It has accepted all that came before: what waits in a listener that is closed is reset.
        for (let turn = 0; turn < 3; turn++) await serverOf(old).stats();
        await serverOf(old).refuse(ports.local.nodePort);
      }
    };

    const round = async (from: readonly number[], to: readonly number[]) => {
      const labelled = await leave([2, 3], async () => {
        await cluster.kubectl(`label node n2 ${excluded}=`);
        await cluster.kubectl(`taint node n3 ${dying}=1:NoSchedule`);
        const waited = await lab.drain(['kube', 'wait', 'n3', file, '--timeout', '5m', ...state], {
          timeoutMs: 320_000,
        });
        expect(waited).toMatchObject({ exitCode: 0 });
      });
      await cluster.kubectl(`label node n2 ${excluded}-`);
      await cluster.kubectl(`taint node n3 ${dying}-`);
      await joined(labelled, 2, 3);
      const deleted = await leave([4], () => cluster.kubectl('delete node n4'));
      await addNode(4);
      await joined(deleted, 4);
      // One that comes back while it leaves is the same row, and its connections go on.
      const from5 = mark();
      const streams = await stream('web', 12, 5);
      await cluster.kubectl(`label node n5 ${excluded}=`);
      await said(from5, 'server-leaving', 'web', 5);
      await cluster.kubectl(`label node n5 ${excluded}-`);
      await joined(from5, 5);
      await eventually(async () =>
        expect((await heldNow(streams)).map(({ state: one }) => one)).toEqual(
          Array(12).fill('ended'),
        ),
      );
      expect(
        eventsFrom(from5).filter((event) => event.type === 'server-drained' && event.node === 'n5'),
      ).toEqual([]);
      await rollPods(from, to);
    };

    // What a cordon means is nothing: it is not even an edit.
    const before = { said: mark(), table: await lab.table() };
    await cluster.kubectl('cordon n1');
    await cluster.kubectl('uncordon n1');
    expect(await lab.table()).toEqual(before.table);
    expect(eventsFrom(before.said)).toEqual([]);

    await round([1, 2, 3], [4, 5, 6]);
    let [here, there] = [
      [4, 5, 6],
      [1, 2, 3],
    ];
    const taken = async () => {
      for (const one of [...loads, beside]) await one.take();
      return loads.reduce((sum, { exchanges }) => sum + exchanges.length, beside.exchanges.length);
    };
    while ((await taken()) < connections) {
      await round(here, there);
      [here, there] = [there, here];
    }

    // kubectl drain: its pods go elsewhere, and the node serves on for those of the others.
    const away = here[0] ?? 0;
    const at = mark();
    await cluster.create('pods', podObject(away), 'shop');
    const evicted = await cluster.kubectl(
      `drain n${away} --force --ignore-daemonsets --timeout=30s`,
    );
    expect(evicted).toContain(`node/n${away} drained`);
    await setPods(pods.map((one) => (one.node === `n${away}` ? ending(away) : one)));
    await said(at, 'server-leaving', 'local', away);
    expect((await rows('web'))[`n${away}`]).toBe(100);

    // A Service that is deleted takes no new connections, and stays until the old ones have ended.
    const withoutService = tally(await beside.stop());
    const streams = await stream('old', 6, 4);
    const last = mark();
    await cluster.kubectl('-n shop delete service old --wait=false');
    await said(last, 'server-leaving', 'old', 1);
    expect(Object.values(await rows('old'))).toEqual([0, 0, 0, 0, 0, 0]);
    await cluster.kubectl('-n shop wait service/old --for=delete --timeout=5m');
    expect(await rows('old')).toEqual({});
    expect((await heldNow(streams)).map(({ state: one }) => one)).toEqual(Array(6).fill('ended'));

    for (const one of loads) await one.stop();
    const failedOf = ({ exchanges }: Load) => tally(exchanges.filter(({ error }) => error));
    const all = [...loads, beside].flatMap(({ exchanges }) => exchanges);
    const seconds = (Math.max(...all.map(({ atMs }) => atMs)) - (all[0]?.atMs ?? 0)) / 1_000;
    const failed = [...loads, beside].map(failedOf);
    process.stdout.write(
      `kube: ${JSON.stringify(failed)} of ${all.length} connections failed, ${Math.round(all.length / seconds)} a second; slice to weight 0 read back in ${lags.toSorted((a, b) => a - b).join(', ')} ms\n`,
    );
    expect(failed).toEqual([{}, {}, {}]);
    expect(Object.keys(withoutService).sort()).toEqual(servers.map(({ name }) => name).sort());
    expect(Object.keys(await rows('web')).sort()).toEqual(['n1', 'n2', 'n3', 'n4', 'n5', 'n6']);
    await kube.signal('SIGTERM');
    expect(await kube.ended).toMatchObject({ exitCode: 143 });
    expect(kube.stderr).toEqual([]);
    expect(kube.stdout.filter((line) => line.includes('"warning"'))).toEqual([]);
  }, 1_800_000);
});

const pod = (n: number): EndpointSketch => ({ at: `10.1.0.${n}`, node: `n${n}`, ready: true });
const ending = (n: number): EndpointSketch => ({
  ...pod(n),
  ...{ ready: false, serving: true, terminating: true },
});

const labels = { app: 'local' };
const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'none' }] } };
const deployment = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'local' } },
  spec: { replicas: 3, selector: { matchLabels: labels }, template },
};
const podObject = (n: number) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: `local-${n}`, labels } },
  spec: { ...template.spec, nodeName: `n${n}`, terminationGracePeriodSeconds: 0 },
});
