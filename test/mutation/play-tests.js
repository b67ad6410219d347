import { startTests } from '@vitest/runner';
import { getFullName, getTests } from '@vitest/runner/utils';

/**
 * Plays the tests of files of a bundle one after another, in this process, with vitest's own describe, it
 * and hooks. `wanted` are the names of those to play, all without it; with `bail` nothing is played after
 * the first that fails. `onTest` is told the name of each before it begins, and `undefined` after it: what is
 * evaluated as the next file is read belongs to no test.
 */
export async function playTests(bundle, files, { wanted, bail = false, onTest } = {}) {
  const loaded = bundle.load();
  let hasFailed = false;
  const runner = {
    config: {
      root: process.cwd(),
      setupFiles: [],
      passWithNoTests: true,
      allowOnly: true,
      sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
      maxConcurrency: 1,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      retry: 0,
      tags: [],
      strictTags: false,
    },
    importFile: (file) => loaded.open(file),
    onBeforeRunSuite(suite) {
      if (hasFailed && bail) suite.mode = 'skip';
    },
    onBeforeRunTask(test) {
      const name = nameOf(test);
      if ((hasFailed && bail) || (wanted && !wanted.has(name))) test.mode = 'skip';
      else onTest?.(name);
    },
    onAfterRunTask({ result }) {
      onTest?.(undefined);
      if (result?.state === 'fail') hasFailed = true;
    },
  };
  const played = [];
  for (const file of files) {
    if (hasFailed && bail) break;
    const [suite] = await startTests([file], runner);
    if (suite.result?.errors?.length > 0)
      played.push({ name: `${file} is read`, file, failure: sentenceOf(suite), tookMs: 0 });
    for (const test of getTests(suite)) {
      if (test.mode !== 'run' || !test.result) continue;
      const failure = test.result.state === 'fail' ? sentenceOf(test) : undefined;
      played.push({ name: nameOf(test), file, failure, tookMs: test.result.duration ?? 0 });
    }
    if (played.some(({ failure }) => failure)) hasFailed = true;
  }
  return played;
}

const nameOf = (test) => getFullName(test);

const sentenceOf = ({ result }) =>
  [result.errors?.[0]?.message ?? 'failed', result.errors?.[0]?.diff ?? ''].join('\n');
