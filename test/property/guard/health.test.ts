import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CheckTiming } from '../../../src/domain/health/guard.ts';
import {
  flapWindowIntervals,
  type Health,
  hear,
  mostRiseFactor,
  riseOf,
  unasked,
} from '../../../src/guard/decide/health.ts';

const timing = fc.record({
  intervalMs: fc.integer({ min: 100, max: 10_000 }),
  timeoutMs: fc.constant(1_000),
  rise: fc.integer({ min: 1, max: 5 }),
  fall: fc.integer({ min: 1, max: 5 }),
});

/** Runs of alike answers: what a flapping server gives. */
const answers = fc
  .array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40 })), { maxLength: 60 })
  .map((runs) => runs.flatMap(([passed, count]) => Array<boolean>(count).fill(passed)));

function histories(passes: readonly boolean[], checked: CheckTiming): readonly Health[] {
  let health = unasked;
  return passes.map((passed, i) => {
    const atMs = i * checked.intervalMs;
    health = hear(health, { passed, askedMs: atMs, atMs, detail: '' }, checked);
    return health;
  });
}

describe('the health of a server', () => {
  it('turns only after `fall` bad or at least `rise` good answers in a row', () => {
    fc.assert(
      fc.property(answers, timing, (passes, checked) => {
        const all = histories(passes, checked);
        for (const [i, { verdict }] of all.entries()) {
          const before = all[i - 1]?.verdict ?? 'unknown';
          if (verdict === before) continue;
          const needed = verdict === 'down' ? checked.fall : checked.rise;
          const last = passes.slice(Math.max(0, i + 1 - needed), i + 1);
          expect(last).toEqual(Array<boolean>(needed).fill(verdict === 'up'));
        }
      }),
    );
  });

  it('is down after `fall` bad answers, and up after at most 16 times `rise` good ones, whatever came before', () => {
    fc.assert(
      fc.property(answers, timing, (passes, checked) => {
        const { rise, fall } = checked;
        const dead = [...passes, ...Array<boolean>(fall).fill(false)];
        expect(histories(dead, checked).at(-1)?.verdict).toBe('down');
        const mended = [...dead, ...Array<boolean>(rise * mostRiseFactor).fill(true)];
        expect(histories(mended, checked).at(-1)?.verdict).toBe('up');
      }),
    );
  });

  it('that flaps as fast as it can turns less and less often, down to a bound', () => {
    fc.assert(
      fc.property(timing, (checked) => {
        const { rise, fall } = checked;
        const window = flapWindowIntervals;
        // Always the answer that makes it turn soonest.
        let health = unasked;
        let falls = 0;
        for (let i = 0; i < window; i++) {
          const passed = health.verdict !== 'up';
          const answer = { passed, askedMs: 0, atMs: i * checked.intervalMs, detail: '' };
          const next = hear(health, answer, checked);
          if (next.verdict === 'down' && health.verdict === 'up') falls++;
          health = next;
        }
        const slowest = rise * mostRiseFactor + fall;
        expect(falls).toBeLessThanOrEqual(5 + Math.ceil(window / slowest));
      }),
    );
  });

  it('forgives: falls that are over for long lengthen nothing', () => {
    fc.assert(
      fc.property(answers, timing, (passes, checked) => {
        const good = Array<boolean>(flapWindowIntervals + 100).fill(true);
        const health = histories([...passes, ...good], checked).at(-1) ?? unasked;
        expect(health.verdict).toBe('up');
        expect(riseOf(health, checked)).toBe(checked.rise);
      }),
    );
  });
});

describe('damping', () => {
  it('doubles the good answers that are needed with each fall: 2, 4, 8, 16, 32 and no more', () => {
    const checked = { intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 };
    const rises = [1, 2, 3, 4, 5, 6].map((falls) =>
      riseOf({ verdict: 'down', downsMs: Array<number>(falls).fill(0) }, checked),
    );
    expect(rises).toEqual([2, 4, 8, 16, 32, 32]);
  });
});
