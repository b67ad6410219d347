import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../test/support/lab/lab.ts';
import type { LabProcess } from '../test/support/lab/process.ts';
import { virtualAddresses } from '../test/support/lab/topology.ts';
import type { BenchContext, Benchmark, BenchRow } from './benchmark.ts';
import { labBenchmark } from './in-lab.ts';
import { addConnections } from './lab-connections.ts';
import { labCpuMs } from './lab-cpu.ts';
import { onceASecond } from './shell-loop.ts';

/** A rollout that waits for its old server to become empty, beside a table that it does not touch. */
interface Scene {
  readonly protocol: 'tcp' | 'udp';
  readonly servers: number;
  /** Whether the other servers belong to the rollout's own service, or to others of ten each. */
  readonly sameService?: boolean;
  readonly connections: number;
}

const full: readonly Scene[] = [
  { protocol: 'tcp', servers: 10, connections: 10 },
  { protocol: 'tcp', servers: 1_000, connections: 10 },
  { protocol: 'tcp', servers: 10_000, connections: 10 },
  { protocol: 'tcp', servers: 1_000, sameService: true, connections: 10 },
  { protocol: 'tcp', servers: 10, connections: 100_000 },
  { protocol: 'tcp', servers: 10_000, connections: 100_000 },
  // Here the counters do not tell whether a connection is alive.
  { protocol: 'udp', servers: 10, connections: 100_000 },
];

const small: readonly Scene[] = [{ protocol: 'tcp', servers: 20, connections: 20 }];

export const watching: Benchmark = labBenchmark(
  {
    name: 'watching',
    about:
      'CPU time a minute of a rollout that watches, at --poll 1s, all processes and the kernel included',
  },
  measureWatching,
);

export async function measureWatching(
  lab: Lab,
  { size, note }: BenchContext,
): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const scene of size === 'small' ? small : full) {
    const words = wordsOf(scene);
    note(words);
    const cost = await watch(lab, scene, size === 'small' ? 1_200 : 12_000);
    rows.push({
      what: words,
      ours: { value: cost.ours, unit: 'ms' },
      against: [
        { name: '`ipvsadm -Ln` a second', figure: { value: cost.bare, unit: 'ms' } },
        { name: 'Node starting one a second', figure: { value: cost.floor, unit: 'ms' } },
      ],
      goal: 'at most 1.5x',
      met: size === 'small' ? undefined : cost.bare > 0 && cost.ours <= 1.5 * cost.bare,
    });
  }
  return rows;
}

const wordsOf = ({ protocol, servers, sameService, connections }: Scene): string =>
  [
    `${servers.toLocaleString('en-US')} servers${sameService ? ' of one service' : ''}`,
    `${connections.toLocaleString('en-US')} ${protocol.toUpperCase()} connections`,
  ].join(', ');

const vip = virtualAddresses.v4.nat;
const port = 53;
const old = '10.3.0.1';
const ownServers = [
  old,
  '10.3.0.2',
  ...Array.from({ length: 8 }, (_, index) => `10.3.1.${index + 1}`),
];

/** Milliseconds of CPU time a minute. */
interface Cost {
  readonly ours: number;
  readonly bare: number;
  readonly floor: number;
}

/** Ours in the middle, the others before and after it: whatever the machine does meanwhile is shared. */
async function watch(lab: Lab, scene: Scene, windowMs: number): Promise<Cost> {
  await lab.reset();
  await lab.setTable(...tableOf(scene));
  const own = { protocol: scene.protocol, virtual: vip, virtualPort: port };
  await addConnections(lab, { ...own, servers: [old], count: 5, firstClient: 0 });
  const rest = { servers: ownServers.slice(2), count: scene.connections - 5, firstClient: 60_000 };
  await addConnections(lab, { ...own, ...rest });
  const spent = { ours: 0, bare: 0, floor: 0 };
  const polls = { ours: 0, bare: 0, floor: 0 };
  // The kernel is busy for a while with what was in the table before.
  await sleep(windowMs / 2);
  const idleMsPerMs = await cpuMsPerMs(lab, windowMs / 2);
  const measure = async (name: keyof Cost, watcher: Watcher, forMs: number): Promise<void> => {
    // What it does once, at its beginning, is no part of it.
    await sleep(forMs / 4);
    const before = await watcher.count();
    const [cpuMs, startMs] = [labCpuMs(lab), performance.now()];
    await sleep(forMs);
    spent[name] += labCpuMs(lab) - cpuMs - idleMsPerMs * (performance.now() - startMs);
    polls[name] += (await watcher.count()) - before;
    await watcher.process.kill();
  };
  const others = async (): Promise<void> => {
    await measure('bare', await startCounted(lab, ['bash', '-c', bareLoop]), windowMs);
    const floor = [process.execPath, '-e', spawnLoop, ...listingOf(scene)];
    await measure('floor', await startCounted(lab, floor), windowMs);
  };
  await others();
  // It makes a listing every few polls only, so that its window holds some of them.
  await measure('ours', await startWatching(lab, scene), 3 * windowMs);
  await others();
  const aMinute = (name: keyof Cost): number =>
    (60 * Math.max(0, spent[name])) / Math.max(1, polls[name]);
  return { ours: aMinute('ours'), bare: aMinute('bare'), floor: aMinute('floor') };
}

async function cpuMsPerMs(lab: Lab, forMs: number): Promise<number> {
  const [cpuMs, startMs] = [labCpuMs(lab), performance.now()];
  await sleep(forMs);
  return (labCpuMs(lab) - cpuMs) / (performance.now() - startMs);
}

function tableOf({ protocol, servers, sameService }: Scene): readonly string[] {
  const own = `-${protocol[0]} ${vip}:${port}`;
  const others = Array.from({ length: servers - ownServers.length }, (_, index) => index);
  const address = (index: number): string => `10.4.${index >> 8}.${index & 255}`;
  const service = (index: number): string =>
    sameService ? own : `-t 10.5.${index >> 8}.${index & 255}:80`;
  return [
    `-A ${own} -s wrr`,
    ...ownServers.map((server) => `-a ${own} -r ${server}:${port} -m -w 1`),
    ...others.flatMap((index) => {
      const group = service(Math.floor(index / 10));
      const heading = index % 10 === 0 && !sameService ? [`-A ${group} -s wrr`] : [];
      return [...heading, `-a ${group} -r ${address(index)}:80 -m -w 1`];
    }),
  ];
}

interface Watcher {
  readonly process: LabProcess;
  /** How often it has looked. */
  count(): Promise<number>;
}

const events = '/run/watching-events';

async function startWatching(lab: Lab, { protocol }: Scene): Promise<Watcher> {
  const ramp = [
    '--from',
    old,
    '--to',
    '10.3.0.2',
    '--over',
    '0s',
    '--drain-timeout',
    '2h',
    '--no-check',
  ];
  const args = [...ramp, '--service', `${protocol}/${vip}:${port}`, '--output', 'json'];
  // Its events stay inside: what they cost on the way out is no part of it.
  const script = `exec "$NODE" "$LAB_REPO/bin/drain.js" "$@" >${events}`;
  const process = await lab.spawn(['sh', '-c', script, 'drain', ...args, '--poll', '1s']);
  const count = async (): Promise<number> => {
    const { stdout } = await lab.run(['grep', '-c', `"sampled".*"${old}:`, events]);
    return Number.parseInt(stdout, 10) || 0;
  };
  await until(async () => (await count()) >= 2, process);
  return { process, count };
}

const ticks = '/run/watching-ticks';

const bareLoop = onceASecond('ipvsadm -Ln >/dev/null && echo >>"$TICKS"');

const spawnLoop = `setInterval(() => {
  const child = require('node:child_process').spawn('ipvsadm', process.argv.slice(1));
  child.stdout.resume();
  child.on('close', () => require('node:fs').appendFileSync(process.env.TICKS, '\\n'));
}, 1000)`;

const listingOf = ({ protocol }: Scene): readonly string[] => [
  '--',
  '-Ln',
  `-${protocol[0]}`,
  `${vip}:${port}`,
];

let counted = 0;

async function startCounted(lab: Lab, argv: readonly string[]): Promise<Watcher> {
  const file = `${ticks}-${++counted}`;
  await lab.writeFile(file, '');
  const process = await lab.spawn(argv, { env: { TICKS: file } });
  const count = async (): Promise<number> => (await lab.readFile(file)).length;
  await until(async () => (await count()) >= 2, process);
  return { process, count };
}

async function until(reached: () => Promise<boolean>, process: LabProcess): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (await reached()) return;
    if (!process.running) break;
    await sleep(100);
  }
  throw new Error(`${process.argv.join(' ')} does not get going\n${process.stderr.join('\n')}`);
}
