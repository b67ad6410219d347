import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';

/**
 * Changes the code of what decides, one place at a time, and runs the tests that come by there: a change that
 * none of them notices is a survivor. `npm run mutate [-- ROOM|FILE…] [--sample N] [--seed S] [--quick]`;
 * `--quick` runs only the tests of the mutant's own room, without the longest, so that its score is a lower
 * bound. Fails where fewer than 90 % are noticed, of which those in `mutation/survivors.json` do not count.
 */
const rooms = {
  domain: ['src/domain/**/*.ts'],
  planner: ['src/planner/**/*.ts'],
  rollout: ['src/rollout/**/*.ts'],
  guard: ['src/guard/**/*.ts'],
};
const least = 90;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: '2' },
  },
});
const asked = positionals.length > 0 ? positionals : Object.keys(rooms);
const sample = values.sample === undefined ? undefined : Number(values.sample);
if (sample !== undefined && !(Number.isInteger(sample) && sample > 0)) {
  console.error('mutate: --sample is a whole number above 0, as in --sample 100');
  process.exit(2);
}
console.log(`mutate: ${asked.join(', ')}: ${sample ?? 'all'} mutants, --seed ${values.seed}`);

const named = JSON.parse(
  await readFile(new URL('mutation/survivors.json', import.meta.url), 'utf8'),
);
const startedMs = performance.now();
process.env.DRAIN_MUTATE_ROOMS = asked
  .map((one) => (Object.hasOwn(rooms, one) ? one : one.split('/')[1]))
  .join();
if (values.quick) process.env.DRAIN_MUTATE_QUICK = '1';
const results = await new Stryker({
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner', './test/mutation/draw-checker.js'],
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  mutate: asked.flatMap((room) => rooms[room] ?? [room]),
  checkers: ['draw'],
  draw: { sample, seed: values.seed },
  warnings: { unknownOptions: false, slow: false },
  disableTypeChecks: false,
  // Evaluated as a module loads, before any test: each would take a run of all of them.
  ignoreStatic: true,
  concurrency: Number(values.concurrency),
  timeoutMS: 8_000,
  reporters: [],
  logLevel: 'error',
  tempDirName: '.mutants',
  ignorePatterns: ['/dist', '/bench', '/test/fixtures', '/test/kernel', '/test/cli'],
}).runMutationTest();

const sources = new Map();
const lineOf = async ({ fileName, location }) => {
  if (!sources.has(fileName)) sources.set(fileName, (await readFile(fileName, 'utf8')).split('\n'));
  return sources.get(fileName)[location.start.line - 1]?.trim();
};

const counts = new Map();
const survivors = [];
for (const mutant of results) {
  const file = relative(process.cwd(), mutant.fileName);
  const room = file.split('/')[1];
  const count = counts.get(room) ?? { noticed: 0, survived: 0, named: 0, refused: 0 };
  counts.set(room, count);
  const line = await lineOf(mutant);
  if (mutant.status === 'Killed' || mutant.status === 'Timeout') count.noticed++;
  else if (mutant.status === 'Survived' || mutant.status === 'NoCoverage') {
    const { replacement: now } = mutant;
    if (named.some((one) => one.file === file && one.line === line && one.now === now))
      count.named++;
    else {
      count.survived++;
      survivors.push({ file, line, now, mutant });
    }
  } else if (mutant.status === 'RuntimeError') count.noticed++;
  else if (mutant.statusReason !== 'not drawn' && mutant.status === 'CompileError') count.refused++;
}

for (const { file, line, now, mutant } of survivors) {
  const { status, mutatorName, location } = mutant;
  const at = `${file}:${location.start.line}:${location.start.column}`;
  console.log(`${at} ${mutatorName}${status === 'NoCoverage' ? ', no test comes by' : ''}`);
  console.log(`  ${line}\n  -> ${now}`);
}
const all = { noticed: 0, survived: 0, named: 0, refused: 0 };
for (const [room, count] of counts) {
  for (const key of Object.keys(all)) all[key] += count[key];
  console.log(lineFor(room, count));
}
console.log(lineFor('all', all));
console.log(`mutate: took ${Math.round((performance.now() - startedMs) / 1_000)} s`);
process.exitCode = scoreOf(all) >= least ? 0 : 1;

function scoreOf({ noticed, survived }) {
  return noticed + survived === 0 ? 100 : (100 * noticed) / (noticed + survived);
}

/** The score, with the interval in which that of all mutants is (Wilson, 95 %). */
function lineFor(room, count) {
  const { noticed, survived, named: equivalent } = count;
  const n = noticed + survived;
  const z = 1.96;
  const p = n === 0 ? 1 : noticed / n;
  const middle = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n);
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n ** 2));
  const [low, high] = [middle - half, middle + half].map((one) => Math.round(100 * one));
  const score = scoreOf(count).toFixed(1);
  return `mutate: ${room}: ${noticed} of ${n} noticed, ${score} % (${low} to ${high} %), ${equivalent} more change nothing`;
}
