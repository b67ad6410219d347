import { expect, it } from 'vitest';
import { drainLeftMs } from '../../../src/domain/ipvs/drain-left.ts';

it('follows from how fast connections ended of late', () => {
  // 160, 80, 40: half of them in ten seconds.
  const counts = [0, 10, 20].map((s) => [s * 1_000, 160 / 2 ** (s / 10)] as const);
  expect(drainLeftMs(counts)).toBeCloseTo((10_000 / Math.LN2) * Math.log(1 + 1.78 * 40), 6);
});

it('is none where none is open, and not known where they do not become fewer', () => {
  expect(drainLeftMs([[0, 0]])).toBe(0);
  expect(drainLeftMs([])).toBeUndefined();
  expect(drainLeftMs([[0, 9]])).toBeUndefined();
  const still = [0, 5, 10].map((s) => [s * 1_000, 9] as const);
  expect(drainLeftMs(still)).toBeUndefined();
});

it('is not told from the first moments, and passes over times in which nobody could count', () => {
  const quick = [
    [0, 9],
    [1_000, 8],
  ] as const;
  expect(drainLeftMs(quick)).toBeUndefined();
  const gap = [
    [0, 40],
    [5_000, null],
    [10_000, 20],
  ] as const;
  expect(drainLeftMs(gap)).toBeGreaterThan(10_000);
});
