import { setTimeout as sleep } from 'node:timers/promises';
import { type Haproxy, startHaproxy } from '../test/support/haproxy.ts';
import { count, type Exchange } from '../test/support/lab/clients.ts';
import type { Lab } from '../test/support/lab/lab.ts';
import { virtualAddresses } from '../test/support/lab/topology.ts';
import type { BenchContext, Benchmark, BenchRow } from './benchmark.ts';
import { type LabMeasurement, labBenchmark } from './in-lab.ts';
import { type Seen, seenBy } from './latencies.ts';
import { onceASecond } from './shell-loop.ts';

/** The same load in turns with a hand-over and without. */
export const measureRequests: LabMeasurement = async (lab, { size, note }) =>
  rowsOf(await measureLoads(lab, sizes[size], note), size === 'full');

async function measureLoads(
  lab: Lab,
  { perSecond, seconds, besideSeconds }: Size,
  note: BenchContext['note'],
): Promise<ReadonlyMap<Way, Seen>> {
  const started = await startHaproxy(lab, { address, port: ports.haproxy, servers });
  if (started.kind === 'unavailable') note(`without HAProxy, because ${started.reason}`);
  const beside = { perSecond, seconds: besideSeconds };
  const rivals: [Way, () => Promise<readonly Exchange[]>][] = [
    ['none', () => withoutRollout(lab, beside)],
    ['listing', () => withListings(lab, ['bash', '-c', bashLists], beside)],
    ['node', () => withListings(lab, [process.execPath, '-e', nodeLists], beside)],
  ];
  if (started.kind === 'running') {
    const { haproxy } = started;
    rivals.push(['haproxy', () => withHaproxy(lab, haproxy, beside)]);
  }
  const drain = () => withDrain(lab, { perSecond, seconds });
  const all = new Map<Way, readonly Exchange[]>();
  // Everybody else before it and after it: the machine is not as quick at all times.
  for (const [way, run] of [...rivals, ['drain', drain] as const, ...rivals.toReversed()]) {
    const exchanges = await run();
    all.set(way, [...(all.get(way) ?? []), ...exchanges]);
    note(`${names[way]}: ${[inWords(seenBy(exchanges)), ...errorsIn(exchanges)].join(', ')}`);
  }
  return new Map([...all].map(([way, exchanges]) => [way, seenBy(exchanges)]));
}

/** What clients see of a hand-over. */
export const requests: Benchmark = labBenchmark(
  { name: 'requests', about: 'failed and slow connections of a whole hand-over, on a real kernel' },
  measureRequests,
);

interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

interface Size extends Load {
  /** Each time, of what has no long ramp. */
  readonly besideSeconds: number;
}

/**
 * 60 a second leave the lab time to spare, with every process of it on one emulated CPU. 50,000 of
 * them are one hand-over of 14 minutes: several short ones would be mostly the start of commands.
 */
const sizes: Readonly<Record<BenchContext['size'], Size>> = {
  small: { perSecond: 20, seconds: 4, besideSeconds: 3 },
  full: { perSecond: 60, seconds: 840, besideSeconds: 90 },
};

const address = virtualAddresses.v4.nat;
const servers = { rs1: '10.0.2.11:8080', rs2: '10.0.2.12:8080' };
const ports = { ipvs: 80, haproxy: 8000 };

type Way = 'none' | 'listing' | 'node' | 'drain' | 'haproxy';

const names: Readonly<Record<Way, string>> = {
  none: 'no rollout',
  listing: 'none, and a listing a second',
  node: 'none, and one by an idle Node',
  drain: 'drain',
  haproxy: "HAProxy's drain",
};

/** Traffic before the hand-over, and after it what time is left. */
const leadMs = 1_000;
const leadAndEndS = 8;

const openTo = (lab: Lab, port: number, load: Load) => lab.clients.load({ address, port, ...load });

const service = `-t ${address}:${ports.ipvs}`;
const oneServer = [`-A ${service} -s wrr`, `-a ${service} -r ${servers.rs1} -m -w 100`];

async function withoutRollout(lab: Lab, load: Load): Promise<readonly Exchange[]> {
  await lab.setTable(...oneServer);
  return (await openTo(lab, ports.ipvs, load)).finished();
}

/**
 * The floor: on one emulated CPU the start of a process holds up everybody for up to 100 ms, and whoever
 * watches a table starts one a second. How long depends on how much memory the one that starts it has.
 */
async function withListings(
  lab: Lab,
  lister: readonly string[],
  load: Load,
): Promise<readonly Exchange[]> {
  await lab.setTable(...oneServer);
  const running = await openTo(lab, ports.ipvs, load);
  const loop = await lab.spawn(lister);
  const exchanges = await running.finished();
  await loop.kill();
  return exchanges;
}

const bashLists = onceASecond('ipvsadm -Ln >/run/listed');
const nodeLists = `setInterval(() => {
  require('node:child_process').spawn('ipvsadm', ['-Ln'], { stdio: 'ignore' });
}, 1000)`;

async function withDrain(lab: Lab, load: Load): Promise<readonly Exchange[]> {
  await lab.setTable(...oneServer);
  const over = `${Math.max(1, load.seconds - leadAndEndS)}s`;
  const running = await openTo(lab, ports.ipvs, load);
  await sleep(leadMs);
  const { exitCode, stderr } = await lab.drain(
    ['--from', servers.rs1, '--to', servers.rs2, '--over', over, '--settle', '1s', '--yes'],
    { timeoutMs: (load.seconds + 60) * 1_000 },
  );
  if (exitCode !== 0) throw new Error(`drain ended with ${exitCode}\n${stderr}`);
  return running.finished();
}

/** As its own documentation has it: `drain`, and out of the backend when it has no session left. */
async function withHaproxy(lab: Lab, haproxy: Haproxy, load: Load): Promise<readonly Exchange[]> {
  await haproxy.set('set server lb/rs1 state ready');
  await haproxy.set('set server lb/rs2 state maint');
  const running = await openTo(lab, ports.haproxy, load);
  await sleep((load.seconds * 1_000) / 2);
  await haproxy.set('set server lb/rs2 state ready');
  await haproxy.set('set server lb/rs1 state drain');
  while ((await haproxy.sessions('rs1')) > 0) await sleep(500);
  await haproxy.set('set server lb/rs1 state maint');
  return running.finished();
}

export function rowsOf(seen: ReadonlyMap<Way, Seen>, judged: boolean): readonly BenchRow[] {
  const figureOf = (way: Way, key: keyof Seen): number => seen.get(way)?.[key] ?? Number.NaN;
  const countOf = (way: Way): string => figureOf(way, 'connections').toLocaleString('en-US');
  const rivals = [...seen.keys()].filter((way) => way !== 'drain');
  const row = (
    what: string,
    key: keyof Seen,
    unit: 'ms' | 'connections',
    goal: string,
    met: boolean | undefined,
  ): BenchRow => ({
    what,
    ours: { value: figureOf('drain', key), unit },
    against: rivals.map((way) => ({
      name: key === 'failed' ? `${names[way]}, of ${countOf(way)}` : names[way],
      figure: { value: figureOf(way, key), unit },
    })),
    goal,
    met: judged ? met : undefined,
  });
  const isClose = figureOf('drain', 'p99Ms') <= 1.05 * figureOf('none', 'p99Ms');
  return [
    row(
      `failed of ${countOf('drain')}`,
      'failed',
      'connections',
      'none',
      figureOf('drain', 'failed') === 0,
    ),
    row('p50', 'p50Ms', 'ms', '', undefined),
    row('p99', 'p99Ms', 'ms', 'within 5 % of no rollout', isClose),
    row('p99.9', 'p999Ms', 'ms', '', undefined),
  ];
}

/** `['timeout 2']`: how, where some failed. */
const errorsIn = (exchanges: readonly Exchange[]): readonly string[] =>
  Object.entries(count(exchanges.flatMap(({ error }) => error ?? []))).map(
    ([error, times]) => `${error} ${times}`,
  );

const inWords = ({ connections, failed, p50Ms, p99Ms, p999Ms }: Seen): string =>
  `${failed} of ${connections} failed, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, p99.9 ${p999Ms.toFixed(1)} ms`;
