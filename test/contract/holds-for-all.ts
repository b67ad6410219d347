import fc from 'fast-check';

/** `DRAIN_CONTRACT_TIMES=10`: so many times as many random values as in CI. */
const times = Number(process.env.DRAIN_CONTRACT_TIMES || 1);

/** A failure is made smaller for that long at most, so that it is printed before the test's time is up. */
const searchLimitMs = 240_000 * times;
export const contractTimeoutMs = 300_000 * times;

/**
 * Whether `claim` holds for `count` random values: others every time, of a seed that a failure prints
 * together with the smallest value that fails, and that `DRAIN_CONTRACT_SEED=...` sets.
 */
export async function holdsForAll<T>(
  values: fc.Arbitrary<T>,
  count: number,
  claim: (value: T) => Promise<void>,
): Promise<void> {
  const seed = Number(process.env.DRAIN_CONTRACT_SEED || Number.NaN);
  const startedMs = performance.now();
  const property = fc.asyncProperty(values, async (value) => {
    // fast-check's own limit would leave a claim running into the next test.
    if (performance.now() - startedMs < searchLimitMs) await claim(value);
  });
  await fc.assert(property, {
    numRuns: count * times,
    ...(Number.isInteger(seed) && { seed }),
    reporter(run) {
      if (!run.failed) return;
      const again = `To run it again: DRAIN_CONTRACT_SEED=${run.seed}`;
      throw new Error(`${fc.defaultReportMessage(run)}\n${again}`, { cause: run.errorInstance });
    },
  });
}
