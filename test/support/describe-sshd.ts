import { afterAll, describe, expect, test } from 'vitest';
import { type Sshd, type SshdOptions, startSshd } from './sshd.ts';

const required = process.env.DRAIN_REQUIRE_KERNEL === '1';

/** Tests against a real sshd. Where none can be had they are skipped, or with DRAIN_REQUIRE_KERNEL=1 fail. */
export async function describeWithSshd(
  name: string,
  define: (sshd: Sshd) => void,
  options: SshdOptions = {},
): Promise<void> {
  const started = await startSshd(options);
  if (started.kind === 'running') {
    describe(name, () => {
      afterAll(() => started.sshd.stop());
      define(started.sshd);
    });
    return;
  }
  describe(name, () => {
    if (!required) console.warn(`no tests over ssh: ${started.reason}`);
    test.runIf(required)('has an sshd to run on (DRAIN_REQUIRE_KERNEL=1)', () => {
      expect.fail(started.reason);
    });
    test.skip('needs an sshd', () => {});
  });
}
