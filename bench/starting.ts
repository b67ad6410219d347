import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Benchmark, BenchRow } from './benchmark.ts';
import { inTurns, timed } from './in-turns.ts';
import { median } from './quantiles.ts';
import { drainJs } from './root.ts';

/** From the start of the process to its end, with Node's own start beside it. */
export const starting: Benchmark = {
  name: 'starting',
  about: 'how long a command takes that has little to do',
  run: async ({ size }) => {
    const folder = await mkdtemp(join(tmpdir(), 'drain-bench-'));
    const file = join(folder, 'table.yaml');
    await writeFile(file, smallTable);
    const times = await inTurns(size === 'small' ? 1 : 40, {
      bare: () => timed(() => node(['-e', '0'])),
      version: () => timed(() => node([drainJs, '--version'])),
      help: () => timed(() => node([drainJs, '--help'])),
      demo: () => timed(() => node([drainJs, ...dryRunOn('sim')])),
      table: () => timed(() => node([drainJs, ...dryRunOn(`sim:${file}`)])),
    });
    await rm(folder, { recursive: true });
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
      row('a dry run on a small table', times.table, 2),
      { ...row('a dry run on the demo', times.demo, 2), goal: '', met: undefined },
    ];
  },
};

/** As the demo's, and without its clients, whose first three minutes take longer than all the rest. */
const smallTable = `
table: |
  -A -t 10.0.0.100:80 -s wrr
  -a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
  -a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 25
`;

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
