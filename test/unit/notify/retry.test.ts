import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextTryMs, parseRetryAfter } from '../../../src/notify/retry.ts';

const tried = fc.record({
  tries: fc.integer({ min: 1, max: 1_000 }),
  nowMs: fc.integer({ min: 0, max: 4e12 }),
  deadlineMs: fc.integer({ min: 0, max: 4e12 }),
  random: fc.double({ min: 0, max: 1, noNaN: true }),
  notBeforeMs: fc.integer({ min: 0, max: 4e12 }),
});

describe('the next try', () => {
  it('is later than now, before the deadline, and never before the receiver wants it', () => {
    fc.assert(
      fc.property(tried, (one) => {
        const atMs = nextTryMs(one);
        if (atMs === undefined) return;
        expect(atMs).toBeGreaterThan(one.nowMs);
        expect(atMs).toBeLessThan(one.deadlineMs);
        expect(atMs).toBeGreaterThanOrEqual(one.notBeforeMs);
      }),
    );
  });

  it('comes within 10-20 s, however often it was tried, where there is no deadline', () => {
    fc.assert(
      fc.property(tried, ({ notBeforeMs: _, ...one }) => {
        const waitMs =
          (nextTryMs({ ...one, deadlineMs: Number.POSITIVE_INFINITY }) ?? 0) - one.nowMs;
        const longest = Math.min(20_000, 1_000 * 2 ** (one.tries - 1));
        expect(waitMs).toBeLessThanOrEqual(longest);
        expect(waitMs).toBeGreaterThanOrEqual(longest / 2 - 1);
      }),
    );
  });

  it('doubles from one second on', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map((tries) =>
      nextTryMs({ tries, nowMs: 0, deadlineMs: 1e9, random: 0 }),
    );
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 1_120_000],
    ['0', 1_000_000],
    ['Thu, 01 Jan 1970 00:20:00 GMT', 1_200_000],
    ['-1', undefined],
    ['soon', undefined],
    ['', undefined],
    ['99999999999999', undefined],
    [undefined, undefined],
  ])('%j is understood as %j', (value, expected) => {
    expect(parseRetryAfter(value, 1_000_000)).toBe(expected);
  });
});
