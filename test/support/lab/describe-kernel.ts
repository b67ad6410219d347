import { beforeEach, describe, inject, test } from 'vitest';
import { type Lab, startLab } from './lab.ts';

/** One lab for all files of a worker: the kernel project runs them unisolated. */
const shared = globalThis as { drainLab?: Promise<Lab> };

const kernel = inject('kernel');
if (kernel.kind === 'ready') shared.drainLab ??= startLab(kernel.kit);
const lab = await shared.drainLab;

/**
 * A `describe` whose tests have a real kernel, put back to its first state before each of them.
 * Without one they are skipped, or with DRAIN_REQUIRE_KERNEL=1 fail; see global-setup.ts.
 */
export function describeKernel(name: string, define: (lab: Lab) => void): void {
  describe(name, () => {
    if (lab) {
      beforeEach(() => lab.reset());
      define(lab);
    } else if (kernel.kind === 'unavailable') {
      test.runIf(process.env.DRAIN_REQUIRE_KERNEL === '1')(
        'has a kernel to run on (DRAIN_REQUIRE_KERNEL=1)',
        () => {
          throw new Error(kernel.reason);
        },
      );
    }
  });
}
