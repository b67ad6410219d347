import type { Lab } from '../test/support/lab/lab.ts';
import { virtualAddresses } from '../test/support/lab/topology.ts';
import type { BenchContext, Benchmark, BenchRow } from './benchmark.ts';
import type { LastByteOptions } from './guest/last-byte.ts';
import type { TimeScriptOptions } from './guest/time-script.ts';
import { labBenchmark, runGuest, startGuest } from './in-lab.ts';
import { median } from './quantiles.ts';

const settleMs = 1_000;
const pollMs = 1_000;
const allowedMs = 50;

export const removal: Benchmark = labBenchmark(
  {
    name: 'removal',
    about: `how long after the last byte on the old server it is out of the table, at --settle ${settleMs} ms and --poll ${pollMs} ms`,
  },
  measureRemoval,
);

/** Connections end at all moments between two polls. */
export async function measureRemoval(
  lab: Lab,
  { size, note }: BenchContext,
): Promise<readonly BenchRow[]> {
  const rounds = size === 'small' ? 1 : 20;
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    taken.push(await removeOnce(lab, (round * pollMs) / rounds));
    note(`${Math.round(taken.at(-1) ?? 0)} ms`);
  }
  // Whoever has seen the server empty for long enough still has to take it out.
  const edit = `ipvsadm -Ln -t ${vip}:80 >/run/listed; echo "-e -t ${vip}:80 -r 10.0.2.12 -m -w 2" | ipvsadm -R`;
  const commands: TimeScriptOptions = { script: edit, times: size === 'small' ? 3 : 20 };
  const looks = await runGuest<readonly number[]>(lab, 'time-script.ts', commands, 60_000);
  const floorMs = settleMs + pollMs + median(looks);
  const row = (what: string, ms: number): BenchRow => ({
    what,
    ours: { value: ms, unit: 'ms' },
    against: [
      { name: '--settle + one --poll', figure: { value: settleMs + pollMs, unit: 'ms' } },
      { name: 'with a bare listing and a bare edit', figure: { value: floorMs, unit: 'ms' } },
    ],
    goal: `at most ${allowedMs} ms more`,
    met: size === 'small' ? undefined : ms <= settleMs + pollMs + allowedMs,
  });
  return [row('median', median(taken)), row('longest', Math.max(...taken))];
}

const vip = virtualAddresses.v4.nat;

/** Milliseconds from the end of the only connection to the event `removed`. */
async function removeOnce(lab: Lab, delayMs: number): Promise<number> {
  await lab.reset();
  const service = `-t ${vip}:80`;
  await lab.setTable(`-A ${service} -s wrr`, `-a ${service} -r 10.0.2.11 -m -w 1`);
  const target: LastByteOptions = { address: vip, port: 80 };
  const client = await startGuest(lab, 'last-byte.ts', target, 'client');
  await client.line((line) => line === 'open');
  const ramp = ['--from', '10.0.2.11', '--to', '10.0.2.12', '--over', '0s'];
  const times = ['--settle', `${settleMs}ms`, '--poll', `${pollMs}ms`];
  const rollout = await lab.startDrain([...ramp, ...times, '--output', 'json']);
  await rollout.line((line) => line.includes('"type":"quiesced"'));
  await rollout.line((line) => /"sampled".*"10\.0\.2\.11:80".*"weight":0/.test(line));
  await client.write(`${delayMs}\n`);
  const closed = await client.line((line) => line.startsWith('closed'));
  const removed = await rollout.line((line) => line.includes('"type":"removed"'), 60_000);
  const { at } = JSON.parse(removed) as { readonly at: string };
  return Date.parse(at) - Number(closed.slice('closed '.length));
}
