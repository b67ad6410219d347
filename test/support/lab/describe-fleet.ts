import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { whyNot } from '../debian-packages.ts';
import { findSshPrograms } from '../sshd.ts';
import { describeKernel } from './describe-kernel.ts';
import { type Fleet, startFleet } from './fleet.ts';
import type { Lab } from './lab.ts';

const required = process.env.DRAIN_REQUIRE_KERNEL === '1';

/**
 * A `describeKernel` whose lab has four directors behind ssh, put back to their first state before each
 * test. The fleet is there once a test runs. Without an sshd they are skipped, or with
 * DRAIN_REQUIRE_KERNEL=1 fail.
 */
export async function describeFleet(
  name: string,
  define: (fleet: () => Fleet, lab: Lab) => void,
): Promise<void> {
  const missing = await findSshPrograms().then(() => undefined, whyNot);
  if (missing !== undefined) {
    describe(name, () => {
      if (!required) console.warn(`no tests of directors over ssh: ${missing}`);
      test.runIf(required)('has an sshd to run on (DRAIN_REQUIRE_KERNEL=1)', () => {
        expect.fail(missing);
      });
      test.skip('needs an sshd', () => {});
    });
    return;
  }
  describeKernel(name, (lab) => {
    let fleet: Fleet | undefined;
    const started = (): Fleet => {
      if (!fleet) throw new Error('the fleet is there from the first test on');
      return fleet;
    };
    beforeAll(async () => {
      fleet = await startFleet(lab);
    });
    afterAll(() => fleet?.remove());
    beforeEach(() => started().reset());
    define(started, lab);
  });
}
