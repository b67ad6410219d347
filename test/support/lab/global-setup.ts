import type { TestProject } from 'vitest/node';
import { findKernel, findOlderKernel } from './find-kernel.ts';
import type { Provision } from './provision.ts';

declare module 'vitest' {
  interface ProvidedContext {
    kernel: Provision;
    olderKernel: Provision;
  }
}

/**
 * Finds the kernels once for all workers: a run without one says so in one line, and a lab that does not
 * come up after this is a failure.
 */
export default async function provideKernel(project: TestProject): Promise<void> {
  const kernel = await findKernel();
  project.provide('kernel', kernel);
  project.provide('olderKernel', await findOlderKernel());
  if (kernel.kind === 'ready' || process.env.DRAIN_REQUIRE_KERNEL === '1') return;
  process.stderr.write(
    `left out: the tests on a real kernel (test/kernel), because ${kernel.reason}\n`,
  );
}
