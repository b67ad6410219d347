import { parseEvents } from '../test/support/drain-command.ts';
import type { Lab } from '../test/support/lab/lab.ts';
import { virtualAddresses } from '../test/support/lab/topology.ts';
import type { BenchContext, Benchmark, BenchRow } from './benchmark.ts';
import type { TimeScriptOptions } from './guest/time-script.ts';
import { labBenchmark, runGuest } from './in-lab.ts';
import { median } from './quantiles.ts';

const settleMs = 1_000;
const pollMs = 1_000;
const sizes = {
  small: { services: 3, servers: 3, rounds: 1 },
  full: { services: 300, servers: 20, rounds: 5 },
} as const;

export const host: Benchmark = labBenchmark(
  {
    name: 'host',
    about: `a host that leaves 300 services of 20 real servers at once, at --settle ${settleMs} ms and --poll ${pollMs} ms`,
  },
  measureHost,
);

/** From the first edit to the last removal of an idle host that another takes over from in all its services. */
export async function measureHost(
  lab: Lab,
  { size, note }: BenchContext,
): Promise<readonly BenchRow[]> {
  const { services, servers, rounds } = sizes[size];
  const ports = Array.from({ length: services }, (_, index) => 10_000 + index);
  const rules = ports.flatMap((port) => [
    `-A -t ${vip}:${port} -s wrr`,
    ...Array.from(
      { length: servers },
      (_, n) => `-a -t ${vip}:${port} -r 10.0.2.${11 + n} -m -w 10`,
    ),
  ]);
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await lab.reset();
    await lab.setTable(...rules);
    taken.push(await leaveOnce(lab, services));
    note(`${Math.round(taken.at(-1) ?? 0)} ms`);
  }
  // Whoever has seen the host empty for long enough still has to take it out of all of them.
  await lab.reset();
  await lab.setTable(...rules);
  const listing = await timesOf(lab, 'ipvsadm -Ln >/run/listed', size);
  const edits = ports.map((port) => `-e -t ${vip}:${port} -r 10.0.2.11 -m -w 10`).join('\n');
  await lab.writeFile('/run/edits', `${edits}\n`);
  const edit = await timesOf(lab, 'ipvsadm -R </run/edits', size);
  const plannedMs = settleMs + 3 * pollMs;
  const floorMs = plannedMs + edit;
  const ms = median(taken);
  return [
    {
      what: `${services} services`,
      ours: { value: ms, unit: 'ms' },
      against: [
        { name: '--settle + three --poll', figure: { value: plannedMs, unit: 'ms' } },
        { name: 'with a bare ipvsadm -R', figure: { value: floorMs, unit: 'ms' } },
        { name: 'a bare listing', figure: { value: listing, unit: 'ms' } },
      ],
      goal: 'at most the second',
      met: size === 'small' ? undefined : ms <= floorMs,
    },
  ];
}

const vip = virtualAddresses.v4.nat;

async function timesOf(lab: Lab, script: string, size: BenchContext['size']): Promise<number> {
  const options: TimeScriptOptions = { script, times: size === 'small' ? 3 : 20 };
  return median(await runGuest<readonly number[]>(lab, 'time-script.ts', options, 60_000));
}

/** Milliseconds from the beginning of the first edit to the last removal. */
async function leaveOnce(lab: Lab, services: number): Promise<number> {
  const { exitCode, stdout, stderr } = await lab.drain(
    [
      ...[
        '--from',
        '10.0.2.11',
        '--to',
        '10.0.2.12',
        '--over',
        '0s',
        '--no-check',
        '--no-ipvs-gate',
      ],
      ...['--settle', `${settleMs}ms`, '--poll', `${pollMs}ms`, '--output', 'json'],
    ],
    { timeoutMs: 120_000 },
  );
  if (exitCode !== 0) throw new Error(`drain ended with ${exitCode}\n${stderr}`);
  const events = parseEvents(stdout);
  const first = events.find((event) => event.type === 'step-applied');
  const removed = events.filter(({ type }) => type === 'removed');
  const last = removed.at(-1);
  if (!first || !last || removed.length !== services) throw new Error('not all were removed');
  return Date.parse(last.at) - (Date.parse(first.at) - first.applyMs);
}
