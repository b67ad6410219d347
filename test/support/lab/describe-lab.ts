import { beforeEach, describe, test } from 'vitest';
import type { Lab } from './lab.ts';
import type { Provision } from './provision.ts';

/** A `describe` with a lab that is put back to its first state before each test; see describe-kernel.ts. */
export function describeLab(
  { kernel, lab }: { readonly kernel: Provision; readonly lab: Lab | undefined },
  name: string,
  define: (lab: Lab) => void,
): void {
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
