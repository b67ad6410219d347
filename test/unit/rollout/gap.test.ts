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
const warnings = ({ events }: Played, code: string) =>
  events.flatMap((event) => (event.type === 'warning' && event.code === code ? [event] : []));

describe('a ramp during which nothing runs', () => {
  it('for seconds skips the steps that were overtaken, and says which', async () => {
    const played = await asleep(17_000, 18_000);
    expect(steps(played).map(({ step }) => step)).toEqual([0, 1, 2, 3, 7, 8, 9, 10, 11, 12]);
    expect(warnings(played, 'step-skipped')).toMatchObject([
      { message: expect.stringContaining('steps 4 to 6 of 12 skipped') },
    ]);
    expect(warnings(played, 'ramp-shifted')).toEqual([]);
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
      { message: expect.stringContaining('due 59m58s ago') },
    ]);
  });
});
