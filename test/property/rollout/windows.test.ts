import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { isOpen, type TimeWindow, weekdays } from '../../../src/domain/time/windows.ts';
import { playRollout } from '../../support/simulated-rollout.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 100
`;
const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/** Windows of some minutes or hours, in zones whose clocks are changed on some of the days that are drawn. */
const window = fc
  .record({
    days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 4 }),
    fromMinute: fc.integer({ min: 0, max: 1_439 }),
    length: fc.integer({ min: 2, max: 600 }),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu'),
  })
  .map(({ length, fromMinute, ...rest }): TimeWindow => {
    const end = fromMinute + length;
    return { ...rest, fromMinute, toMinute: end > 1_440 ? end - 1_440 : end };
  });
const windows = fc.array(window, { minLength: 1, maxLength: 2 });

const startMs = fc
  .record({
    day: fc.constantFrom('2026-01-01', '2026-03-07', '2026-03-28', '2026-10-24', '2026-10-31'),
    minute: fc.integer({ min: 0, max: 1_439 }),
  })
  .map(({ day, minute }) => Date.parse(`${day}T00:00Z`) + minute * minuteMs);

/** A clock on the wall that somebody sets, or that has gone on while the machine slept. */
const jumps = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 1, max: dayMs }),
    byMs: fc.integer({ min: -dayMs, max: dayMs }),
  }),
  { maxLength: 2 },
);

const play = (
  drawn: {
    readonly windows: readonly TimeWindow[];
    readonly startMs: number;
    readonly jumps: readonly { readonly afterMs: number; readonly byMs: number }[];
    readonly overMs: number;
  },
  askBackMs?: number,
) => {
  const wallMs = (nowMs: number): number =>
    drawn.jumps.reduce(
      (sum, { afterMs, byMs }) => (nowMs >= drawn.startMs + afterMs ? sum + byMs : sum),
      nowMs,
    );
  const sketch = {
    from: '10.0.0.1',
    to: '10.0.0.2',
    ramp: { overMs: drawn.overMs, everyMs: drawn.overMs / 4 },
    windows: drawn.windows,
    policy: { pollMs: 10 * minuteMs, drainTimeoutMs: 3_600_000 },
  };
  const played = playRollout(
    sketch,
    { seed: 1, table, startMs: drawn.startMs, wallMs },
    (simulation, _, ask) => {
      if (askBackMs !== undefined)
        simulation.at(drawn.startMs + askBackMs, () => ask({ kind: 'rollback' }));
    },
  );
  return { played, wallMs };
};

const drawn = fc.record({
  windows,
  startMs,
  jumps,
  overMs: fc.constantFrom(4_000, 4 * minuteMs, 400 * minuteMs),
});

const steps = (events: readonly DrainEvent[]) =>
  events.flatMap((event) => (event.type === 'step-applied' ? [event] : []));

it('no step comes outside of a window, whatever the clocks do, and every rollout ends', () =>
  fc.assert(
    fc.asyncProperty(drawn, async (one) => {
      const { played, wallMs } = play(one);
      const { end, events } = await played;
      expect(end).toMatchObject({ outcome: 'done', exitCode: 0 });
      for (const { at, applyMs } of steps(events)) {
        const endedMs = Date.parse(at);
        expect(isOpen(one.windows, wallMs(endedMs - applyMs))).toBe(true);
        expect(isOpen(one.windows, wallMs(endedMs))).toBe(true);
      }
      const moved = steps(events).map(({ movedFraction }) => movedFraction);
      // No edit makes up for a wait with more than two steps.
      for (const [i, fraction] of moved.entries()) {
        expect(fraction - (moved[i - 1] ?? 0)).toBeLessThanOrEqual(0.5 + 1e-9);
      }
    }),
    { numRuns: 25 },
  ));

it('a rollback waits for no window', () =>
  fc.assert(
    fc.asyncProperty(drawn, fc.integer({ min: 1, max: dayMs }), async (one, askBackMs) => {
      const { end, events } = await play(one, askBackMs).played;
      if (end.outcome === 'done') return;
      expect(end.outcome).toBe('rolled-back');
      const last = Date.parse(events.at(-1)?.at ?? '');
      expect(last - one.startMs - askBackMs).toBeLessThan(21 * minuteMs);
    }),
    { numRuns: 25 },
  ));
