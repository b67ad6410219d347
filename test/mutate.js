import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { testsOf } from './mutation/tests-of-rooms.js';

/**
 * Changes the code of what decides, one place at a time, and plays the tests that come by there: a change
 * that none of them notices is a survivor. `npm run mutate [-- ROOM|FILE…] [--tests FILE,…] [--sample N]
 * [--seed S]`; with `--tests` only those are played, and the score is a lower bound. Fails where fewer than
 * 90 % are noticed, of which those in `mutation/survivors.json` do not count.
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
    tests: { type: 'string' },
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
process.env.DRAIN_SEED ??= '1';
process.env.DRAIN_NO_CHECK = '1';
const roomsAsked = new Set(
  asked.map((one) => (Object.hasOwn(rooms, one) ? one : one.split('/')[1])),
);
const files = values.tests?.split(',') ?? (await Promise.all([...roomsAsked].map(testsOf))).flat();
const results = await new Stryker({
  testRunner: 'in-process',
  plugins: ['in-process-runner', 'draw-checker', 'progress-reporter'].map(
    (plugin) => `./test/mutation/${plugin}.js`,
  ),
  played: { files: [...new Set(files)] },
  mutate: asked.flatMap((room) => rooms[room] ?? [room]),
  checkers: ['draw'],
  draw: { sample, seed: values.seed },
  warnings: { unknownOptions: false, slow: false },
  disableTypeChecks: false,
  // Evaluated as a module loads, before any test: each would take a run of all of them.
  ignoreStatic: true,
  concurrency: Number(values.concurrency),
  timeoutMS: 20_000,
  reporters: ['ten-by-ten'],
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
  const unseen = status === 'NoCoverage' ? ', no test comes by' : '';
  console.log(`${at} ${mutatorName}${unseen}: ${line} -> ${now.replaceAll(/\s+/g, ' ')}`);
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
