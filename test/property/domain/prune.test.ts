import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidePrune, type PastRollout } from '../../../src/domain/rollout/prune.ts';

const past = fc
  .array(
    fc.record({
      begunMs: fc.nat({ max: 1_000 }),
      endedMs: fc.option(fc.nat({ max: 1_000 }), { nil: undefined }),
      hasBegun: fc.boolean(),
      resources: fc.subarray(['a', 'b', 'c']),
    }),
    { maxLength: 12 },
  )
  .map((ones) =>
    ones
      .toSorted((a, b) => b.begunMs - a.begunMs)
      .map(
        ({ endedMs, ...one }, i): PastRollout => ({
          ...one,
          rollout: `r${i}`,
          ...(endedMs === undefined ? {} : { endedMs: one.begunMs + endedMs }),
        }),
      ),
  );

const terms = fc.record({
  nowMs: fc.constant(2_000),
  keepMs: fc.nat({ max: 2_000 }),
  needed: fc.subarray(['r0', 'r1', 'r2', 'r3']).map((ids) => new Set(ids)),
  neededSinceMs: fc.option(fc.nat({ max: 1_000 }), { nil: undefined }),
});

describe('what is pruned', () => {
  it('is over for long enough, is needed by nothing, and is not the last that edited one of its services', () => {
    fc.assert(
      fc.property(past, terms, (latestFirst, asked) => {
        const { gone, kept } = decidePrune(latestFirst, asked);
        expect([...gone, ...kept.keys()].toSorted()).toEqual(
          latestFirst.map(({ rollout }) => rollout).toSorted(),
        );
        for (const rollout of gone) {
          const at = latestFirst.findIndex((one) => one.rollout === rollout);
          const one = latestFirst[at];
          expect(one?.endedMs).toBeLessThanOrEqual(asked.nowMs - asked.keepMs);
          expect(asked.needed.has(rollout)).toBe(false);
          expect(one?.begunMs).toBeLessThan(asked.neededSinceMs ?? 1_001);
        }
        for (const resource of ['a', 'b', 'c']) {
          const last = latestFirst.find((one) => one.hasBegun && one.resources.includes(resource));
          if (last) expect(kept.has(last.rollout), resource).toBe(true);
        }
      }),
    );
  });

  it('is all of the rest', () => {
    fc.assert(
      fc.property(past, terms, (latestFirst, asked) => {
        const { kept } = decidePrune(latestFirst, asked);
        for (const [rollout, why] of kept) {
          const one = latestFirst.find((each) => each.rollout === rollout);
          if (why === 'open') expect(one?.endedMs).toBeUndefined();
          if (why === 'young') expect(asked.nowMs - (one?.endedMs ?? 0)).toBeLessThan(asked.keepMs);
          if (why === 'last-of-a-service') expect(one?.hasBegun).toBe(true);
        }
      }),
    );
  });
});
