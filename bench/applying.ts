import type { Lab } from '../test/support/lab/lab.ts';
import { virtualAddresses } from '../test/support/lab/topology.ts';
import type { BenchContext, Benchmark, BenchRow } from './benchmark.ts';
import type { AppliedSteps, ApplyOptions } from './guest/apply-steps.ts';
import { labBenchmark, runGuest } from './in-lab.ts';
import { median } from './quantiles.ts';

export const applying: Benchmark = labBenchmark(
  {
    name: 'applying',
    about: 'a step of so many edits on the real kernel, from when it is due to its table read back',
  },
  measureApplying,
);

interface Size {
  readonly edits: number;
  readonly steps: number;
  /** So many of them by single commands, too: minutes, where there are many edits. */
  readonly loops: number;
  /** How many times as fast as those it has to be. */
  readonly fasterThanLoop?: number;
}

const full: readonly Size[] = [
  { edits: 2, steps: 30, loops: 10 },
  { edits: 20, steps: 30, loops: 10 },
  { edits: 200, steps: 20, loops: 3, fasterThanLoop: 15 },
  { edits: 2_000, steps: 12, loops: 1, fasterThanLoop: 80 },
];

const small: readonly Size[] = [{ edits: 2, steps: 3, loops: 1 }];

const mostRatio = 1.2;
const mostExtraMs = 10;

export async function measureApplying(
  lab: Lab,
  { size, note }: BenchContext,
): Promise<readonly BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const one of size === 'small' ? small : full) {
    const what = `${one.edits.toLocaleString('en-US')} edits`;
    note(what);
    const applied = await apply(lab, one);
    if (applied.edits.some((edits) => edits !== one.edits))
      throw new Error(`not ${what} each step`);
    rows.push(rowOf(what, one, applied, size === 'full'));
  }
  return rows;
}

function rowOf(what: string, one: Size, applied: AppliedSteps, isJudged: boolean): BenchRow {
  const oursMs = median(applied.ours);
  const bareMs = median(applied.bare);
  const loopMs = median(applied.loop);
  const { fasterThanLoop = 0 } = one;
  const isMet = oursMs <= mostRatio * bareMs + mostExtraMs && loopMs >= fasterThanLoop * oursMs;
  const goal = `at most ${mostRatio}x + ${mostExtraMs} ms`;
  return {
    what,
    ours: { value: oursMs, unit: 'ms' },
    against: [
      { name: '`ipvsadm -R` and a listing', figure: { value: bareMs, unit: 'ms' } },
      { name: 'both as one process', figure: { value: median(applied.floor), unit: 'ms' } },
      { name: 'an `ipvsadm -e` each', figure: { value: loopMs, unit: 'ms' } },
    ],
    goal: fasterThanLoop === 0 ? goal : `${goal}, ${fasterThanLoop}x faster than each`,
    met: isJudged ? isMet : undefined,
  };
}

async function apply(lab: Lab, { edits, steps, loops }: Size): Promise<AppliedSteps> {
  const servers = Array.from(
    { length: edits },
    (_, index) => `10.2.${(index + 1) >> 8}.${(index + 1) & 255}:80`,
  );
  const [service, twin] = [virtualAddresses.v4.nat, '10.0.1.99'].map((one) => `${one}:80`);
  await lab.reset();
  await lab.setTable(
    ...[service, twin].flatMap((address) => [
      `-A -t ${address} -s wrr`,
      ...servers.map((server) => `-a -t ${address} -r ${server} -m -w 100`),
    ]),
  );
  const options: ApplyOptions = {
    service: `tcp/${service}` as ApplyOptions['service'],
    twin: `tcp/${twin}` as ApplyOptions['twin'],
    from: servers.slice(0, edits / 2),
    to: servers.slice(edits / 2),
    steps,
    loops,
  };
  return runGuest(lab, 'apply-steps.ts', options, 900_000);
}
