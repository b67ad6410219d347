import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isRolloutId, rolloutId } from '../../../src/domain/rollout/rollout-id.ts';

it('is a time, to the millisecond, and chance', () => {
  const id = rolloutId(Date.UTC(2026, 10, 23, 14, 15, 30, 42));
  expect(id).toMatch(/^20261123-141530042-[0-9a-f]{4}$/);
});

it('sorts by time, and is one that a store takes', () => {
  const dayMs = 86_400_000;
  const timeMs = fc.integer({ min: 0, max: Date.UTC(9999, 11, 30) });
  fc.assert(
    fc.property(timeMs, fc.integer({ min: 1, max: dayMs }), (nowMs, laterMs) => {
      const [earlier, later] = [rolloutId(nowMs), rolloutId(nowMs + laterMs)];
      expect(earlier < later).toBe(true);
      expect(isRolloutId(later)).toBe(true);
    }),
  );
});

it('sorts among those of the version before, which had no milliseconds', () => {
  expect('20261123-141529-7f3a' < rolloutId(Date.UTC(2026, 10, 23, 14, 15, 30))).toBe(true);
  expect(rolloutId(Date.UTC(2026, 10, 23, 14, 15, 30)) < '20261123-141531-7f3a').toBe(true);
});
