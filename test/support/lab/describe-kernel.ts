import { inject } from 'vitest';
import { describeLab } from './describe-lab.ts';
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
  describeLab({ kernel, lab }, name, define);
}
