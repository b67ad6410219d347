import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { inTurns, timed } from './in-turns.ts';
import { median } from './quantiles.ts';
import { drainJs, root } from './root.ts';

/** From the start of the process to its end, with Node's own start beside it. */
export const starting: Benchmark = {
  name: 'starting',
  about: 'how long a command takes that has little to do',
  run: async ({ size }) => {
    const times = await inTurns(size === 'small' ? 1 : 40, {
      bare: () => timed(() => node(['-e', '0'])),
      version: () => timed(() => node([drainJs, '--version'])),
      help: () => timed(() => node([drainJs, '--help'])),
      demo: () => timed(() => node([drainJs, ...dryRunOn('sim')])),
      file: () => timed(() => node([drainJs, ...dryRunOn(`sim:${root}plans/sim-blue-green.yaml`)])),
    });
    const bareMs = median(times.bare);
    const row = (what: string, values: readonly number[], most: number): BenchRow => ({
      what,
      ours: { value: median(values), unit: 'ms' },
      against: [{ name: 'node -e 0', figure: { value: bareMs, unit: 'ms' } }],
      goal: `at most ${most}x`,
      met: size === 'small' ? undefined : median(values) <= most * bareMs,
    });
    return [
      row('drain --version', times.version, 1.25),
      row('drain --help', times.help, 1.4),
      row('a dry run on the demo table', times.demo, 2),
      row('a dry run on a table from a file', times.file, 2),
    ];
  },
};

const dryRunOn = (director: string): readonly string[] => [
  ...['--dry-run', '--director', director],
  ...['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '5m'],
];

async function node(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, args, {
    cwd: tmpdir(),
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}`);
}
