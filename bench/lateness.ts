import type { Lab } from '../test/support/lab/lab.ts';
import type { LabProcess } from '../test/support/lab/process.ts';
import { virtualAddresses } from '../test/support/lab/topology.ts';
import type { BenchContext, Benchmark, BenchRow } from './benchmark.ts';
import type { BareTimerOptions } from './guest/bare-timer.ts';
import { labBenchmark, startGuest } from './in-lab.ts';
import { median, quantile } from './quantiles.ts';

const everyMs = 2_000;
const allowedMs = 20;
/** As long before each as drain looks at the table before a step. */
const listBeforeMs = 800;

export const lateness: Benchmark = labBenchmark(
  {
    name: 'lateness',
    about: 'how late the steps of a long ramp are while clients keep the director busy',
  },
  measureLateness,
);

const vip = virtualAddresses.v4.nat;
const twin = '10.0.1.99';

/** All at the same time, under the same load. */
export async function measureLateness(
  lab: Lab,
  { size }: BenchContext,
): Promise<readonly BenchRow[]> {
  const steps = size === 'small' ? 4 : 150;
  await lab.reset();
  await lab.setTable(
    `-A -t ${vip}:80 -s wrr`,
    `-a -t ${vip}:80 -r 10.0.2.11 -m -w 1000`,
    `-a -t ${vip}:80 -r 10.0.2.12 -m -w 0`,
    `-A -t ${twin}:80 -s wrr`,
    `-a -t ${twin}:80 -r 10.0.2.11 -m -w 1000`,
  );
  const load = await lab.clients.load({ address: vip, port: 80, perSecond: 20 });
  const limitMs = (steps + 60) * everyMs;
  const timed: BareTimerOptions = { everyMs, times: steps };
  const timer = await startGuest(lab, 'bare-timer.ts', timed);
  const lister = await startGuest(lab, 'bare-timer.ts', { ...timed, listBeforeMs });
  const loop = await lab.spawn(['bash', '-c', shellRamp], { env: { STEPS: String(steps) } });
  const ramp = ['--from', '10.0.2.11', '--to', '10.0.2.12', '--keep', '--every', `${everyMs}ms`];
  const rollout = await lab.startDrain([
    ...[...ramp, '--over', `${steps * everyMs}ms`, '--service', `tcp/${vip}:80`],
    ...['--drain-timeout', '1s', '--output', 'json'],
  ]);
  await rollout.line((line) => line.includes('"type":"quiesced"'), limitMs);
  const bare = await latenessIn(timer, limitMs);
  const listing = await latenessIn(lister, limitMs);
  await loop.line((line) => line === 'done', limitMs * 2);
  await load.stop();
  const ours = rollout.stdout.flatMap((line) => {
    const event = JSON.parse(line) as { type: string; step: number; lateMs: number };
    return event.type === 'step-applied' && event.step > 0 ? [event.lateMs] : [];
  });
  const looped = latenessOf(loop.stdout.filter((line) => line !== 'done').map(Number));
  const met = (isMet: boolean): boolean | undefined => (size === 'small' ? undefined : isMet);
  const figure = (value: number) => ({ value, unit: 'ms' }) as const;
  const row = (what: string, q: number, isGoal: boolean): BenchRow => ({
    what: `${what} of ${ours.length} steps`,
    ours: figure(quantile(ours, q)),
    against: [
      { name: 'a bare timer', figure: figure(quantile(bare, q)) },
      { name: 'one with a listing just before', figure: figure(quantile(listing, q)) },
      { name: 'a shell loop with sleep', figure: figure(quantile(looped, q)) },
    ],
    goal: isGoal ? `at most ${allowedMs} ms beyond the timer` : '',
    met: isGoal ? met(quantile(ours, q) <= quantile(bare, q) + allowedMs) : undefined,
  });
  return [
    row('median', 0.5, false),
    row('p99', 0.99, true),
    {
      what: 'drift from the first quarter to the last',
      ours: figure(driftOf(ours)),
      against: [
        { name: 'a bare timer', figure: figure(driftOf(bare)) },
        { name: 'one with a listing just before', figure: figure(driftOf(listing)) },
        { name: 'a shell loop with sleep', figure: figure(driftOf(looped)) },
      ],
      goal: 'none: less than one tick of the kernel',
      met: met(Math.abs(driftOf(ours)) < tickMs),
    },
  ];
}

/** The lab's kernel has 100 a second. */
const tickMs = 10;

/** An edit, the time, a pause; and so on. */
const shellRamp = `for ((step = 0; step < STEPS; step++)); do
  ipvsadm -e -t ${twin}:80 -r 10.0.2.11 -m -w $((1000 - step))
  echo "$((\${EPOCHREALTIME/[.,]/} / 1000))"
  sleep ${everyMs / 1_000}
done
echo done`;

async function latenessIn(timer: LabProcess, limitMs: number): Promise<readonly number[]> {
  return JSON.parse(await timer.line(() => true, limitMs)) as readonly number[];
}

const latenessOf = (timesMs: readonly number[]): readonly number[] =>
  timesMs.map((timeMs, step) => timeMs - ((timesMs[0] ?? 0) + step * everyMs));

function driftOf(late: readonly number[]): number {
  const quarter = Math.ceil(late.length / 4);
  return median(late.slice(-quarter)) - median(late.slice(0, quarter));
}
