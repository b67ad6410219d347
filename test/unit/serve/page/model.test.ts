import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appended } from '../../../../src/serve/page/history/history.ts';
import { firstModel, hear } from '../../../../src/serve/page/model.ts';
import { leftWords, percent } from '../../../../src/serve/page/words.ts';
import { stateOf } from '../../../../src/serve/view/state.ts';
import { movingView } from '../../../support/moving-view.ts';

const stateAt = (nowMs: number, more = {}) => stateOf(movingView(0, nowMs, more), '0.1.0');
const down = {
  table: { kind: 'down', failure: { kind: 'director', what: 'no permission' } },
} as const;

describe('what the page knows', () => {
  it('keeps the last services of a director that is down, and has a gap in their history', () => {
    const up = hear(firstModel, { kind: 'state', state: stateAt(1_000) }, 0);
    const model = hear(up, { kind: 'state', state: stateAt(2_000, down) }, 0);
    expect(model.state?.directors[0]?.up).toBe(false);
    expect(model.lastUp.get('lb1')).toMatchObject({ atMs: 1_000 });
    expect(model.lastUp.get('lb1')?.director.services).toHaveLength(2);
    expect(model.history.services.get('lb1 tcp/10.0.0.100:80')?.rate).toEqual([
      [1_000, 91],
      [2_000, null],
    ]);
  });

  it('goes on with the directors that are up when another is not', () => {
    const several = (atMs: number, more = {}) => {
      const { directors, ...rest } = movingView(0, atMs);
      const [other] = movingView(0, atMs, { director: 'lb2', ...more }).directors;
      return stateOf({ ...rest, directors: [...directors, ...(other ? [other] : [])] }, '0.1.0');
    };
    const up = hear(firstModel, { kind: 'state', state: several(1_000) }, 0);
    const { history, lastUp } = hear(up, { kind: 'state', state: several(2_000, down) }, 0);
    expect([...lastUp].map(([name, { atMs }]) => [name, atMs])).toEqual([
      ['lb1', 2_000],
      ['lb2', 1_000],
    ]);
    const rateOf = (key: string) => history.services.get(key)?.rate.map(([, value]) => value);
    expect(rateOf('lb1 tcp/10.0.0.100:80')).toEqual([91, 92]);
    expect(rateOf('lb2 tcp/10.0.0.100:80')).toEqual([91, null]);
    expect(history.total.rate.map(([, value]) => value)).toEqual([206, 104]);
  });

  it('says since the first time that nobody answered', () => {
    const silent = { kind: 'silent', why: 'it cannot be reached' } as const;
    const once = hear(firstModel, silent, 5_000);
    expect(hear(once, silent, 9_000).contact).toMatchObject({ kind: 'silent', sinceMs: 5_000 });
  });

  it('forgets everything when the token is no longer good', () => {
    const up = hear(firstModel, { kind: 'state', state: stateAt(1_000) }, 0);
    const contact = { kind: 'locked', refused: true } as const;
    expect(hear(up, contact, 0)).toEqual({ ...firstModel, contact });
  });

  it('counts an answer that was given twice once', () => {
    const heard = { kind: 'state', state: stateAt(1_000) } as const;
    const twice = hear(hear(firstModel, heard, 0), heard, 0);
    expect(twice.history.total.rate).toHaveLength(1);
  });
});

describe('a history', () => {
  it('never has more than so many points, keeps its order, its first and its newest half', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 40 }),
        fc.integer({ min: 1, max: 300 }),
        (most, length) => {
          let points: readonly (readonly [number, number | null])[] = [];
          for (let at = 0; at < length; at++) {
            points = appended(points, [at, at % 7 === 0 ? null : at], most);
          }
          expect(points.length).toBeLessThanOrEqual(most);
          expect(points[0]?.[0]).toBe(0);
          expect(points.at(-1)?.[0]).toBe(length - 1);
          expect(points).toEqual([...points].sort(([a], [b]) => a - b));
        },
      ),
    );
  });
});

describe('the time that is left', () => {
  const of = (left: Parameters<typeof leftWords>[0]['left'], drainLeft?: number) =>
    leftWords({ left, standing: 'running' }, drainLeft);
  const drain = { drainAtMostMs: 300_000, onTimeout: 'hold' };

  it('is that of the ramp, and then of the drain: as it goes, and at the most', () => {
    expect(of({ rampMs: 150_000 })).toBe('2m30s left of the ramp');
    expect(of(drain)).toBe('at most 5m, then hold');
    expect(of(drain, 42_400)).toBe('empty in about 42s, at most 5m, then hold');
    expect(of(drain, 0)).toBe('empty now');
    expect(of({})).toBe('');
  });

  it('stands still in a pause', () => {
    const paused = leftWords({ left: { rampMs: 9_000 }, standing: 'paused' }, undefined);
    expect(paused).toBe('9s left of the ramp, once it goes on');
  });
});

describe('a percentage', () => {
  it('is not called none or all unless it is', () => {
    expect([0, 0.001, 0.354, 0.999, 1].map(percent)).toEqual([
      '0 %',
      '<1 %',
      '35 %',
      '>99 %',
      '100 %',
    ]);
  });
});
