import { cpus } from 'node:os';
import { Argument, Command, Option } from 'commander';
import type { BenchContext } from './benchmark.ts';
import { benchmarks } from './benchmarks.ts';
import { machineTicks, stolenLines, stolenPercent } from './stolen-time.ts';
import { benchTable } from './table.ts';

/** `npm run bench`: each benchmark in turn, its table when it is over; standard error has the notes. */
interface Options {
  readonly size: BenchContext['size'];
  readonly json?: true;
}

const program = new Command('bench')
  .description('Measures drain side by side with what it is compared to. Runs all without a name.')
  .addArgument(
    new Argument('[names...]', 'which').choices(benchmarks.map(({ name }) => name)).default([]),
  )
  .addOption(
    new Option('--size <size>', 'small only proves that it runs')
      .choices(['small', 'full'])
      .default('full'),
  )
  .option('--json', 'one JSON object a row, for a script')
  .action(run);

async function run(names: readonly string[], { size, json }: Options): Promise<void> {
  const chosen = benchmarks.filter(({ name }) => names.length === 0 || names.includes(name));
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const note = (line: string): void => void process.stderr.write(`  ${line}\n`);
  note(`Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}`);
  for (const { name, about, run } of chosen) {
    note(`${name} ...`);
    const before = machineTicks();
    const rows = await run({ size, note });
    const stolen = stolenPercent(before, machineTicks());
    if (json) {
      const measured = { benchmark: name, size, stolenPercent: stolen };
      for (const row of rows) print(JSON.stringify({ ...measured, ...row }));
    } else {
      print(`\n${name}: ${about}`);
      for (const line of [...benchTable(rows), ...stolenLines(stolen)]) print(line);
    }
  }
}

await program.parseAsync();
