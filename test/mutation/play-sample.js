import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { playTests } from './play-tests.js';
import { bundleTests } from './test-bundle.js';

/**
 * Plays the fixed sample: each of its mutants with the one test file that has to fail, first unchanged.
 * `node test/mutation/play-sample.js [WORD]` prints a line for each mutant (of those whose text has that
 * word); fails where one lives, does not apply any more, or its test fails without it.
 */
const [word = ''] = process.argv.slice(2);
process.env.DRAIN_SEED ??= '1';
const { href } = new URL('sample.json', import.meta.url);
const all = JSON.parse(await readFile(new URL(href), 'utf8'));
const sample = all.filter((one) => JSON.stringify(one).includes(word));
const setup = 'test/support/fixed-seed.ts';

const play = async (test, changed) => {
  const bundle = await bundleTests([setup, test], { changed });
  bundle.load().open(setup);
  return playTests(bundle, [test], { bail: true });
};

let wrong = 0;
const say = (verdict, { file, is }, more = '') => {
  if (verdict !== 'noticed') wrong++;
  console.log(`${verdict}: ${file}: ${is}${more && ` (${more})`}`);
};

for (const test of new Set(sample.map((one) => one.test))) {
  const [failed] = (await play(test, new Map())).filter(({ failure }) => failure);
  for (const one of sample.filter((mutant) => mutant.test === test)) {
    const path = resolve(one.file);
    const before = await readFile(path, 'utf8');
    if (failed) say('broken', one, `without it, ${failed.name} fails: ${failed.failure}`);
    else if (before.split(one.from).length !== 2) say('gone', one, 'its text is not there once');
    else {
      const changed = new Map([[path, before.replace(one.from, () => one.to)]]);
      const played = await play(test, changed);
      say(played.some(({ failure }) => failure) ? 'noticed' : 'lives', one, test);
    }
  }
}
console.log(`${sample.length} mutants, ${wrong} wrong`);
process.exitCode = wrong === 0 ? 0 : 1;
