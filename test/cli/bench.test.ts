import { describe, expect, it } from 'vitest';
import { benchmarks } from '../../bench/benchmarks.ts';

/** What the benchmarks measure is for machines that do nothing else; here they only have to run. */
describe('every benchmark that needs nothing but Node', () => {
  const plain = benchmarks.filter(({ needs }) => needs === undefined);

  it.each(plain)('$name gives rows with finite figures', async ({ run }) => {
    const rows = await run({ size: 'small', note: () => {} });
    expect(rows.length).toBeGreaterThan(0);
    for (const { what, ours, against, met } of rows) {
      for (const { value } of [ours, ...against.map(({ figure }) => figure)]) {
        expect(Number.isFinite(value), what).toBe(true);
        expect(value, what).toBeGreaterThanOrEqual(0);
      }
      // A small size is no claim about a goal.
      expect(met, what).toBe(undefined);
    }
  });
});
