import { readFile, writeFile } from 'node:fs/promises';
import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import {
  DryRunStatus,
  determineHitLimitReached,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { playTests } from './play-tests.js';
import { bundleTests } from './test-bundle.js';

/**
 * A runner of Stryker's that plays tests in its own process: a mutant takes as long as the tests that come
 * by it, where one that starts vitest anew takes seconds for each. The shortest are played first.
 */
class InProcessRunner {
  static inject = tokens(commonTokens.options);

  constructor({ played: { files } }) {
    this.files = files;
    globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
    this.switches = globalThis[INSTRUMENTER_CONSTANTS.NAMESPACE];
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    const setup = 'test/support/fixed-seed.ts';
    this.bundle = await bundleTests([setup, ...this.files]);
    this.bundle.load().open(setup);
  }

  async dryRun() {
    const { switches } = this;
    switches.mutantCoverage = { static: {}, perTest: {} };
    const played = await playTests(this.bundle, this.files, {
      onTest: (name) => {
        switches.currentTestId = name;
      },
    });
    switches.currentTestId = undefined;
    // For the other processes, to whom nobody tells it.
    const tests = played.map(({ name, file, tookMs }) => ({ name, file, tookMs }));
    await writeFile(durations, JSON.stringify(tests));
    return {
      status: DryRunStatus.Complete,
      tests: played.map(resultOf),
      mutantCoverage: switches.mutantCoverage,
    };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail }) {
    const { switches } = this;
    this.tests ??= JSON.parse(await readFile(durations, 'utf8'));
    const wanted = new Set(testFilter ?? this.tests.map(({ name }) => name));
    const tookMs = new Map();
    for (const { name, file, tookMs: ms } of this.tests)
      if (wanted.has(name)) tookMs.set(file, (tookMs.get(file) ?? 0) + ms);
    const files = [...tookMs].sort(([, a], [, b]) => a - b).map(([file]) => file);
    switches.activeMutant = activeMutant.id;
    switches.hitCount = 0;
    switches.hitLimit = hitLimit;
    const played = await playTests(this.bundle, files, { wanted, bail: !disableBail });
    switches.activeMutant = undefined;
    const result = { status: DryRunStatus.Complete, tests: played.map(resultOf) };
    return toMutantRunResult(determineHitLimitReached(switches.hitCount, hitLimit) ?? result);
  }
}

const durations = '.durations.json';

const resultOf = ({ name, file, failure, tookMs }) => ({
  id: name,
  name,
  fileName: file,
  timeSpentMs: tookMs,
  ...(failure === undefined
    ? { status: TestStatus.Success }
    : { status: TestStatus.Failed, failureMessage: failure }),
});

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner),
];
