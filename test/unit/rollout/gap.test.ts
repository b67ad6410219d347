import { describe, expect, it } from 'vitest';
import { type Played, playRollout } from '../../support/simulated-rollout.ts';

const table = {
  seed: 1,
  table: `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
`,
};
const handOver = { from: '10.0.0.1', to: '10.0.0.2' };

/** While the command is away no step is taken: that is all the engine sees of a machine that sleeps. */
const asleep = (atMs: number, forMs: number) => {
  let slept = false;
  return playRollout(handOver, {
    ...table,
    faults: ({ nowMs }) => {
      if (slept || nowMs < Date.UTC(2026, 0, 1) + atMs) return undefined;
      slept = true;
      return { kind: 'timed-out', afterMs: forMs };
    },
  });
};

const steps = ({ events }: Played) =>
  events.flatMap((event) => (event.type === 'step-applied' ? [event] : []));
/** The largest part of the weight that one edit moved. */
const largestMove = (played: Played): number => {
  const moved = steps(played).map(({ movedFraction }) => movedFraction);
  return Math.max(...moved.map((fraction, i) => fraction - (moved[i - 1] ?? 0)));
};

const warnings = ({ events }: Played, code: string) =>
  events.flatMap((event) => (event.type === 'warning' && event.code === code ? [event] : []));

describe('a ramp during which nothing runs', () => {
  it('for less than two steps skips the one that was overtaken, and says which', async () => {
    const played = await asleep(17_000, 8_500);
    expect(steps(played).map(({ step }) => step)).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect(warnings(played, 'step-skipped')).toMatchObject([
      { message: expect.stringContaining('step 4 of 12 skipped') },
    ]);
    expect(warnings(played, 'ramp-shifted')).toEqual([]);
  });

  it('for more moves two steps at most, and shifts the rest', async () => {
    const played = await asleep(17_000, 18_000);
    expect(steps(played).map(({ step }) => step)).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]);
    // Step 5 was due at 25 s and comes at 36, a listing after the machine is back.
    expect(warnings(played, 'ramp-shifted')).toMatchObject([
      { message: expect.stringContaining('steps are 11s late') },
    ]);
    expect(largestMove(played)).toBeCloseTo(2 / 12, 9);
    const { lateMs, at } = steps(played).at(-1) ?? { lateMs: Number.NaN, at: '' };
    expect(lateMs).toBeLessThan(300);
    expect(Math.round((Date.parse(at) - played.startMs) / 1_000)).toBe(71);
  });

  it('for an hour goes on from where it stands, at its own pace, instead of jumping', async () => {
    const played = await asleep(17_000, 3_600_000);
    expect(played.end).toMatchObject({ outcome: 'done' });
    const applied = steps(played);
    expect(applied.map(({ step }) => step)).toEqual(Array.from({ length: 13 }, (_, k) => k));
    const times = applied.map(({ at }) => Date.parse(at));
    const gaps = times.slice(1).map((at, i) => at - (times[i] ?? 0));
    for (const [i, gap] of gaps.entries()) {
      if (i === 3) expect(gap).toBeGreaterThan(3_590_000);
      else expect(Math.abs(gap - 5_000)).toBeLessThan(200);
    }
    expect(warnings(played, 'ramp-shifted')).toMatchObject([
      { message: expect.stringContaining('steps are 59m58s late') },
    ]);
  });
});

describe('a ramp whose every call is slow', () => {
  it.each([
    [2_000, 'a wrapper'],
    [3_000, 'a far director'],
    [9_000, 'one that is nearly stopped'],
  ])('by %d ms moves two steps at most at once, and is done (%s)', async (callMs) => {
    const played = await playRollout(
      { ...handOver, ramp: { overMs: 10_000, everyMs: 1_000 } },
      { ...table, commandCostMs: callMs },
    );
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(steps(played).at(-1)).toMatchObject({ step: 10, movedFraction: 1 });
    expect(largestMove(played)).toBeCloseTo(0.2, 9);
  });

  it('because of the journal moves two steps at most at once, and is done', async () => {
    for (const appendMs of [1_500, 5_000, 6_000]) {
      const played = await playRollout(
        { ...handOver, ramp: { overMs: 10_000, everyMs: 1_000 } },
        { ...table, appendMs },
      );
      expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
      expect(largestMove(played)).toBeLessThan(0.2 + 1e-9);
    }
  });
});
