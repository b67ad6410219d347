import { beforeEach, describe, test } from 'vitest';
import { type Lab, type StartedLab, startLab } from './lab.ts';

/** One lab for all files of a worker: the kernel project runs them unisolated. */
const shared = globalThis as { drainLab?: Promise<StartedLab> };

function start(): Promise<StartedLab> {
  return startLab().then(
    (started) => {
      if (started.kind === 'unavailable' && !required) report(started.reason);
      return started;
    },
    (error: unknown) => {
      if (required) throw error;
      const reason = `it does not start: ${error instanceof Error ? error.message : error}`;
      report(reason.split('\n')[0] ?? reason);
      return { kind: 'unavailable', reason };
    },
  );
}

const required = process.env.DRAIN_REQUIRE_KERNEL === '1';

const report = (reason: string): void => {
  process.stderr.write(`left out: the tests on a real kernel (test/kernel), because ${reason}\n`);
};

shared.drainLab ??= start();
const started = await shared.drainLab;

/**
 * A `describe` whose tests have a real kernel, put back to its first state before each of them.
 * Without one they are skipped, or with DRAIN_REQUIRE_KERNEL=1 fail.
 */
export function describeKernel(name: string, define: (lab: Lab) => void): void {
  if (started.kind === 'running') {
    const { lab } = started;
    describe(name, () => {
      beforeEach(() => lab.reset());
      define(lab);
    });
    return;
  }
  const { reason } = started;
  describe(name, () => {
    test.runIf(required)('has a kernel to run on (DRAIN_REQUIRE_KERNEL=1)', () => {
      throw new Error(reason);
    });
  });
}
