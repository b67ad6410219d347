import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { isOpen, type TimeWindow } from '../../../src/domain/time/windows.ts';
import { scriptedGate } from '../../support/scripted-gate.ts';
import { type Played, playRollout, type RequestSketch } from '../../support/simulated-rollout.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 100
`;
/** Thursday, 08:00 in UTC. */
const startMs = Date.UTC(2026, 0, 1, 8);
const hourMs = 3_600_000;
const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const hours = (from: number, to: number): readonly TimeWindow[] => [
  { days: everyDay, fromMinute: 60 * from, toMinute: 60 * to, zone: 'UTC' },
];

const sketch = (windows: readonly TimeWindow[], more: Partial<RequestSketch> = {}) => ({
  from: '10.0.0.1',
  to: '10.0.0.2',
  ramp: { overMs: 2 * hourMs, everyMs: hourMs / 2 },
  windows,
  ...more,
  policy: { pollMs: 5 * 60_000, drainTimeoutMs: hourMs, ...more.policy },
});
const options = { seed: 5, table, startMs };

const timeOf = ({ at }: DrainEvent): number => Date.parse(at);
const ofType = <T extends DrainEvent['type']>({ events }: Pick<Played, 'events'>, type: T) =>
  events.filter((one): one is Extract<DrainEvent, { type: T }> => one.type === type);
const hoursOfSteps = (played: Played): readonly number[] =>
  ofType(played, 'step-applied').map((one) => Math.round((timeOf(one) - startMs) / 36_000) / 100);

describe('a window that shuts in the middle of a ramp', () => {
  it('holds the next step until it opens, and the rest keeps its pace', async () => {
    // 8:00, 8:30 and 9:00 of today; the rest from 8:00 of tomorrow on.
    const played = await playRollout(sketch(hours(8, 9)), options);
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(hoursOfSteps(played)).toEqual([0, 0.5, 24, 24.5, 48]);
  });

  it('is told once for each wait, with the time when it opens', async () => {
    const played = await playRollout(sketch(hours(8, 9)), options);
    expect(ofType(played, 'waiting')).toMatchObject([
      {
        step: 2,
        reason: 'window',
        until: '2026-01-02T08:00:00.000Z',
        detail: 'until 2026-01-02 08:00 UTC, when its window opens: every day 08:00-09:00 UTC',
      },
      { step: 4, reason: 'window', until: '2026-01-03T08:00:00.000Z' },
    ]);
  });

  it('lets a drain go on, and the old server be removed', async () => {
    const ramp = { overMs: 1_000, everyMs: 1_000 };
    const windows = [{ days: everyDay, fromMinute: 480, toMinute: 481, zone: 'UTC' }];
    const policy = { settleMs: 10 * 60_000, pollMs: 60_000 };
    const played = await playRollout(sketch(windows, { ramp, policy }), options);
    expect(played.end).toMatchObject({ outcome: 'done' });
    const [removed] = ofType(played, 'removed');
    expect(removed && isOpen(windows, timeOf(removed))).toBe(false);
    expect(removed && timeOf(removed) < startMs + hourMs).toBe(true);
  });

  it('holds no rollback up', async () => {
    const played = await playRollout(sketch(hours(8, 9)), options, (simulation, _, ask) => {
      simulation.at(startMs + 5 * hourMs, () => ask({ kind: 'rollback' }));
    });
    expect(played.end).toMatchObject({ outcome: 'rolled-back' });
    const [back] = ofType(played, 'rolled-back');
    expect(back && timeOf(back) - startMs).toBeLessThan(5.2 * hourMs);
    expect(played.after).toBe(played.before);
  });

  it('holds a rollback ramp up as little', async () => {
    const played = await playRollout(sketch(hours(8, 9)), options, (simulation, _, ask) => {
      const pace = { overMs: hourMs, everyMs: hourMs / 4 };
      simulation.at(startMs + 5 * hourMs, () => ask({ kind: 'rollback', pace }));
    });
    expect(played.end).toMatchObject({ outcome: 'rolled-back' });
    expect(
      ofType(played, 'step-applied')
        .map(({ movedFraction }) => movedFraction)
        .at(-1),
    ).toBe(0);
    const [back] = ofType(played, 'rolled-back');
    expect(back && Math.round((timeOf(back) - startMs) / hourMs)).toBe(6);
  });

  it('holds a promotion up, which then comes in one step', async () => {
    const played = await playRollout(sketch(hours(8, 9)), options, (simulation, _, ask) => {
      simulation.at(startMs + 5 * hourMs, () => ask({ kind: 'promote' }));
    });
    expect(hoursOfSteps(played)).toEqual([0, 0.5, 24]);
    expect(ofType(played, 'step-applied').at(-1)).toMatchObject({ movedFraction: 1 });
  });

  it('holds no end up at which the ramp stops for now', async () => {
    const ramp = { overMs: 2 * hourMs, everyMs: hourMs / 2, until: 0.25 };
    const played = await playRollout(sketch(hours(8, 9), { ramp }), options);
    expect(played.events.at(-1)).toMatchObject({ outcome: 'done', until: 0.25 });
    const last = played.events.at(-1);
    expect(last && timeOf(last) - startMs).toBeLessThan(hourMs);
  });

  it('is waited for again by whoever resumes', async () => {
    const played = await playRollout(sketch(hours(8, 9)), options, (simulation, stop) => {
      simulation.at(startMs + 5 * hourMs, () => stop({ signal: 'sigterm', again: false }));
    });
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 143 });
    expect(await played.resume()).toMatchObject({ outcome: 'done' });
    expect(hoursOfSteps(played)).toEqual([0, 0.5, 24, 24.5, 48]);
  });

  it('asks gates all the while: a step has an answer of its own time', async () => {
    const timing = { intervalMs: 60_000, when: 'before-steps' } as const;
    const passes = ({ atMs }: { readonly atMs: number }) => atMs < 12 * hourMs;
    const played = await playRollout(sketch(hours(8, 9)), options, undefined, (clock) => [
      scriptedGate(clock, { timing, passes }),
    ]);
    expect(played.end).toMatchObject({ outcome: 'rolled-back', exitCode: 5 });
    const [back] = ofType(played, 'rolled-back');
    expect(back && timeOf(back) - startMs).toBeLessThan(12.2 * hourMs);
  });
});

describe('a clock on the wall that is set', () => {
  it('opens a window early when it is set forward, and lets the rest keep its pace', async () => {
    const jumpMs = startMs + 3 * hourMs;
    const played = await playRollout(sketch(hours(8, 9)), {
      ...options,
      wallMs: (nowMs) => (nowMs < jumpMs ? nowMs : nowMs + 20 * hourMs),
    });
    expect(hoursOfSteps(played).slice(0, 4)).toEqual([0, 0.5, 4, 4.5]);
  });

  it('shuts a window again when it is set back', async () => {
    const jumpMs = startMs + hourMs / 4;
    const played = await playRollout(sketch(hours(8, 12)), {
      ...options,
      wallMs: (nowMs) => (nowMs < jumpMs ? nowMs : nowMs - 2 * hourMs),
    });
    expect(hoursOfSteps(played).slice(0, 3)).toEqual([0, 2, 2.5]);
  });
});
