import { afterAll, inject } from 'vitest';
import { describeLab } from './describe-lab.ts';
import { type Lab, startLab } from './lab.ts';

const kernel = inject('olderKernel');
const lab = kernel.kind === 'ready' ? await startLab(kernel.kit) : undefined;

/**
 * A `describeKernel` on the kernel of the machine's own release, for the one file that compares with the
 * simulated one: that is Linux 6.1 to the letter. Later ones have a table of connections that grows,
 * and see at an edit that a server is over its threshold.
 */
export function describeOlderKernel(name: string, define: (lab: Lab) => void): void {
  describeLab({ kernel, lab }, name, (running) => {
    afterAll(() => running.stop());
    define(running);
  });
}
