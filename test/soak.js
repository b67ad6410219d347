import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/**
 * `npm run soak -- --minutes 30 [--seed N]`: properties, chaos and contracts again and again, each round
 * with seeds of its own, until the time is up. The same seed plays the same rounds.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string' } },
});
const minutes = Number(values.minutes);
const first = Number(values.seed ?? Math.floor(Math.random() * 1e9));
if (!(minutes > 0) || !Number.isInteger(first)) {
  console.error('soak: --minutes is a number above 0, as in --minutes 30, and --seed an integer');
  process.exit(2);
}

/** The chaos plays that many seeds from its first one on, and tells into this file what it met. */
const seedsOfARound = 400;
const told = join(tmpdir(), `drain-soak-told-${process.pid}`);
const startedMs = performance.now();
const minutesPast = () => (performance.now() - startedMs) / 60_000;
console.log(`soak: for ${minutes} min, --seed ${first}`);

let rounds = 0;
let tests = 0;
const failures = [];
while (rounds === 0 || minutesPast() < minutes) {
  const seed = first + rounds * seedsOfARound;
  const { numTotalTests, failed } = await playRound(seed);
  rounds += 1;
  tests += numTotalTests;
  failures.push(...failed);
  console.log(`soak: round ${rounds}, seed ${seed}: ${failed.length} of ${numTotalTests} failed`);
  for (const text of failed) console.log(text);
}
const took = minutesPast().toFixed(1);
const chaos = await figuresOfChaos();
console.log(
  `soak: ${new Date().toISOString().slice(0, 10)}, ${chaos.stories} rollouts in chaos with ${chaos.kills} kills`,
);
console.log(
  `soak: ${rounds} rounds of seed ${first} in ${took} min, ${tests} tests, ${failures.length} failed`,
);
process.exitCode = failures.length === 0 ? 0 : 1;

async function figuresOfChaos() {
  const text = await readFile(told, 'utf8').catch(() => '');
  await rm(told, { force: true });
  const sum = { stories: 0, kills: 0 };
  for (const line of text.split('\n').filter(Boolean)) {
    const { stories, kills } = JSON.parse(line);
    sum.stories += stories;
    sum.kills += kills;
  }
  return sum;
}

async function playRound(seed) {
  const file = join(tmpdir(), `drain-soak-${process.pid}.json`);
  const names = [
    'SEED',
    'CONTRACT_SEED',
    'CHAOS_SEED',
    'FIGHT_SEED',
    'FLEET_SEED',
    'LOCK_SEED',
    'ACCOUNT_SEED',
  ];
  const seeds = Object.fromEntries(names.map((name) => [`DRAIN_${name}`, String(seed)]));
  const args = ['vitest', 'run', 'test/property', 'test/contract'];
  const child = spawn('npx', [...args, '--reporter=json', `--outputFile=${file}`], {
    env: {
      ...process.env,
      ...seeds,
      DRAIN_CHAOS_RUNS: String(seedsOfARound),
      DRAIN_ACCOUNT_RUNS: '2000',
      DRAIN_FAULT_RUNS: '150',
      DRAIN_FIGHT_RUNS: '200',
      DRAIN_FLEET_RUNS: '200',
      DRAIN_CHAOS_TELLS: told,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await new Promise((resolve) => child.on('close', resolve));
  const { numTotalTests, testResults } = JSON.parse(await readFile(file, 'utf8'));
  await rm(file);
  const again = Object.entries(seeds).map((pair) => pair.join('='));
  const failed = testResults.flatMap(({ name, message, assertionResults }) => {
    const run = `  again: ${again.join(' ')} npx vitest run ${name}`;
    const named = assertionResults.filter(({ status }) => status === 'failed');
    const texts = named.map(
      ({ fullName, failureMessages }) => `${fullName}\n${failureMessages[0]}`,
    );
    if (texts.length === 0 && message) texts.push(message);
    return texts.map((text) => `${name}: ${text}\n${run}`);
  });
  return { numTotalTests, failed };
}
