import { spawn } from 'node:child_process';
import { excluded, type Shop } from '../test/support/cluster/shop.ts';
import type { BenchContext, Benchmark, BenchRow } from './benchmark.ts';
import { cpuMsOf, type KubeScene, openKubeScene, podsOn } from './kube-scene.ts';
import { median, quantile } from './quantiles.ts';
import { root } from './root.ts';

const sizes = {
  small: { nodes: 6, changes: 2, heartbeats: 100, pairs: 1 },
  full: { nodes: 6, changes: 100, heartbeats: 10_000, pairs: 5 },
} as const;
const longestMs = 1_000;

/** How long an event of the cluster takes to the tables, and what those cost that mean nothing. */
export const kubeEvents: Benchmark = {
  name: 'kube-events',
  about:
    'drain kube beside three directors: a pod that ends, and nodes that only tell that they live',
  run: async ({ size }) => {
    const scene = await openKubeScene(sizes[size].nodes);
    try {
      return [...(await measureLag(scene, size)), ...(await measureHeartbeats(scene, size))];
    } finally {
      await scene.stop();
    }
  },
};

/** Each change takes a node's pod away, and brings it back when all three have said so. */
async function measureLag(
  { setPods, told }: KubeScene,
  size: BenchContext['size'],
): Promise<readonly BenchRow[]> {
  const { nodes, changes } = sizes[size];
  const all = podsOn(nodes);
  const lags: number[] = [];
  for (let at = 0; at < changes; at++) {
    const away = at % nodes;
    const startMs = performance.now();
    setPods(all.map((one, i) => (i === away ? { ...one, ready: false } : one)));
    await told('server-leaving', 3);
    lags.push(performance.now() - startMs);
    setPods(all);
    await told('server-joined', 3);
  }
  const row = (what: string, value: number): BenchRow => ({
    what,
    ours: { value, unit: 'ms' },
    against: [],
    goal: `at most ${longestMs} ms`,
    met: size === 'small' ? undefined : value <= longestMs,
  });
  return [
    row('slice to weight 0 read back on three directors, median', quantile(lags, 0.5)),
    row('slice to weight 0 read back on three directors, p99', quantile(lags, 0.99)),
  ];
}

/**
 * The same events beside a client that reads them and does nothing. The last of them is one that counts,
 * so that both are known to have read all.
 */
async function measureHeartbeats(
  { shop, fakes, process: drain, told }: KubeScene,
  size: BenchContext['size'],
): Promise<readonly BenchRow[]> {
  const { heartbeats, nodes, pairs } = sizes[size];
  const bare = spawn(process.execPath, ['--input-type=module', '-e', bareWatch], {
    ...{ cwd: root, env: { ...process.env, KUBECONFIG: shop.api.kubeconfig } },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const marked = (): Promise<unknown> =>
    new Promise((resolve) => bare.stdout.once('data', resolve));
  const isSeen = async (label: string | null, type: string): Promise<void> => {
    const seen = Promise.all([marked(), told(type, fakes.length)]);
    shop.patchNode('n1', { metadata: { labels: { [excluded]: label } } });
    await seen;
  };
  const callsSoFar = async (): Promise<number> => {
    const calls = await Promise.all(fakes.map((one) => one.calls()));
    return calls.flat().filter(({ stdin, isStart }) => !isStart && /^-[aedADE] /m.test(stdin))
      .length;
  };
  try {
    await marked();
    const spent = (): Spent => ({ ours: cpuMsOf(drain), bare: cpuMsOf(bare) });
    const leave = (): Promise<void> => isSeen('', 'server-leaving');
    const comeBack = (): Promise<void> => isSeen(null, 'server-joined');
    // The code is slow the first time.
    await leave();
    await comeBack();
    // What the mark itself costs, which is an edit of three tables.
    const cost = await between(spent, leave);
    await comeBack();
    const each: Spent[] = [];
    let edits = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const before = await callsSoFar();
      const all = await between(spent, async () => {
        await beat(shop, { heartbeats, nodes });
        edits += (await callsSoFar()) - before;
        await leave();
      });
      await comeBack();
      each.push({
        ours: Math.max(1, all.ours - cost.ours),
        bare: Math.max(1, all.bare - cost.bare),
      });
    }
    const ours = median(each.map((one) => one.ours));
    const beside = median(each.map((one) => one.bare));
    const what = `${heartbeats.toLocaleString('en-US')} heartbeats of nodes`;
    return [
      {
        what: `edits for ${pairs} times ${what}`,
        ours: { value: edits, unit: 'times' },
        ...{ against: [], goal: 'none', met: size === 'small' ? undefined : edits === 0 },
      },
      {
        what: `CPU time for ${what}, median of ${pairs} pairs`,
        ours: { value: ours, unit: 'ms' },
        against: [{ name: 'a watch that does nothing', figure: { value: beside, unit: 'ms' } }],
        goal: 'at most 1.2x',
        met: size === 'small' ? undefined : ours <= 1.2 * beside,
      },
    ];
  } finally {
    bare.kill('SIGKILL');
  }
}

interface Spent {
  readonly ours: number;
  readonly bare: number;
}

/** The CPU time of both processes while `act` goes on. */
async function between(spent: () => Spent, act: () => Promise<unknown>): Promise<Spent> {
  const from = spent();
  await act();
  const until = spent();
  return { ours: until.ours - from.ours, bare: until.bare - from.bare };
}

/** Status updates, each node in turn, as fast as they are read. */
async function beat(
  { api }: Shop,
  { heartbeats, nodes }: { readonly heartbeats: number; readonly nodes: number },
): Promise<void> {
  for (let at = 0; at < heartbeats; at++) {
    const place = { resource: 'nodes', name: `n${(at % nodes) + 1}` };
    const lastHeartbeatTime = new Date(at * 1_000).toISOString();
    const condition = { type: 'MemoryPressure', status: 'False', lastHeartbeatTime };
    const how = { kind: 'strategic', subresource: 'status' } as const;
    api.store.patch(place, { status: { conditions: [condition] } }, how);
    if (at % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** client-node's own watch; a line at the start, and one for each node that is excluded, or no longer. */
const bareWatch = `import { KubeConfig, Watch } from '@kubernetes/client-node';
const config = new KubeConfig();
config.loadFromDefault();
let last;
let isFirst = true;
await new Watch(config).watch('/api/v1/nodes', {}, (_, { metadata }) => {
  if (isFirst) console.log('ready');
  isFirst = false;
  if (metadata.name !== 'n1') return;
  const now = '${excluded}' in metadata.labels;
  if (last !== undefined && now !== last) console.log('mark');
  last = now;
}, () => {});`;
