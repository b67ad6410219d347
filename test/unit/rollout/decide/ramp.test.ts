import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/rollout/decide/decide.ts';
import type { LiveDirector, Observation } from '../../../../src/rollout/observe/observation.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  listedAt,
  reachedOn,
  type StateSketch,
  seenOf,
  stateAfter,
} from '../../../support/engine-state.ts';

const at = (step: number, more: StateSketch = {}, ...entries: readonly JournalBody[]) =>
  stateAfter([...reachedOn(more.directors ?? ['lb1'], { kind: 'step', step }), ...entries], more);
const seenAt = (
  state: RolloutState,
  listedMs: number,
  more: Partial<Observation> = {},
  live: Partial<LiveDirector> = {},
) =>
  seenOf(
    Object.fromEntries(
      [...state.directors.keys()].map((name) => [name, listedAt(state, name, listedMs, live)]),
    ),
    more,
  );
const decided = (state: RolloutState, nowMs: number, more?: Partial<Observation>) =>
  decide(state, seenAt(state, nowMs, more), nowMs);
const intended = (step: number): JournalBody => ({
  type: 'intended',
  director: 'lb1',
  milestone: { kind: 'step', step },
});
const reach = (step: number, dueMs: number, shiftMs?: number) => ({
  kind: 'reach',
  goals: [{ milestone: { kind: 'step', step }, directors: ['lb1'] }],
  dueMs,
  ...(shiftMs === undefined ? {} : { shiftMs }),
});

// Steps of 5 s: step 4 is due at 20 s.
describe('a step', () => {
  it('is waited for from half a second before: 150 ms early it is listed, written down and taken', () => {
    const state = at(3);
    expect(decided(state, 19_849)).toEqual({ kind: 'wait', untilMs: 19_850 });
    const stale = decide(state, seenAt(state, 19_699), 19_850);
    expect(stale).toEqual({ kind: 'observe', directors: ['lb1'] });
    expect(decide(state, seenAt(state, 19_700), 19_850)).toEqual({
      kind: 'intend',
      milestone: { kind: 'step', step: 4 },
      directors: ['lb1'],
    });
    const ready = at(3, {}, intended(4));
    expect(decided(ready, 19_850)).toEqual({ kind: 'wait', untilMs: 20_000 });
    expect(decided(ready, 20_000)).toEqual(reach(4, 20_000));
  });

  it('is polled for at the polls in between, and not before them', () => {
    expect(decided(at(3), 17_000, { nextPollMs: 17_000 })).toEqual({ kind: 'sample' });
    expect(decided(at(3), 17_000, { nextPollMs: 17_001 })).toEqual({
      kind: 'wait',
      untilMs: 17_001,
    });
  });

  it('of a slow director begins no earlier than half a step before', () => {
    const state = at(3);
    const slow = (commandMs: number) =>
      decide(state, seenAt(state, 16_000, {}, { commandMs }), 16_000);
    // Four times what its commands take.
    expect(slow(500)).toEqual({ kind: 'wait', untilMs: 18_000 });
    expect(slow(2_000)).toEqual({ kind: 'wait', untilMs: 17_500 });
  });

  it('is taken by those that are behind alone', () => {
    const directors = ['lb1', 'lb2'];
    const state = stateAfter(
      [
        ...reachedOn(['lb1'], { kind: 'step', step: 4 }),
        ...reachedOn(['lb2'], { kind: 'step', step: 3 }),
      ],
      { directors },
    );
    expect(decided(state, 20_100)).toEqual({
      kind: 'reach',
      goals: [{ milestone: { kind: 'step', step: 4 }, directors: ['lb2'] }],
      dueMs: 20_000,
    });
  });

  it('is written down for those alone of which it is not yet', () => {
    const state = at(3, { directors: ['lb1', 'lb2'] }, intended(4));
    expect(decided(state, 19_900)).toEqual({
      kind: 'intend',
      milestone: { kind: 'step', step: 4 },
      directors: ['lb2'],
    });
  });
});

describe('a step that is late', () => {
  it('is overtaken by the next, but by no more than one', () => {
    expect(decided(at(3), 24_999)).toEqual(reach(4, 20_000));
    expect(decided(at(3), 25_000)).toEqual(reach(5, 25_000));
    expect(decided(at(3), 29_999)).toEqual(reach(5, 25_000));
  });

  it('by more than two steps shifts the rest of the ramp', () => {
    expect(decided(at(3), 30_000)).toEqual(reach(5, 30_000, 5_000));
    expect(decided(at(3), 41_000)).toEqual(reach(5, 41_000, 16_000));
  });

  it('by more than a minute is the next one alone: the machine slept', () => {
    expect(decided(at(3), 80_000)).toEqual(reach(5, 80_000, 55_000));
    expect(decided(at(3), 80_001)).toEqual(reach(4, 80_001, 60_001));
  });

  it('has nothing to shift where the last is one of the two', () => {
    expect(decided(at(10), 61_000)).toEqual(reach(12, 60_000));
    expect(decided(at(10), 90_000)).toEqual(reach(12, 60_000));
    expect(decided(at(11), 90_000)).toEqual(reach(12, 60_000));
  });
});

describe('the first step', () => {
  it('that is up to a second late moves nothing', () => {
    const state = stateAfter([]);
    expect(decided(state, 0)).toEqual(reach(0, 0));
    expect(decided(state, 1_000)).toEqual(reach(0, 0));
  });

  it('later than that begins the ramp when it is taken', () => {
    expect(decided(stateAfter([]), 1_001)).toEqual(reach(0, 1_001, 1_001));
    expect(decided(stateAfter([]), 90_000)).toEqual(reach(0, 90_000, 90_000));
  });

  it('is waited for', () => {
    expect(decided(stateAfter([]), -1_000)).toMatchObject({ kind: 'wait' });
  });
});

describe('a step that waits for somebody, or has a gate of its own', () => {
  const gate = { kind: 'tcp', server: '10.0.0.2:80' } as never;
  const withStop = (stop: object) => {
    const ramp = { percentages: [0, 10, 20, 30, 100], stops: [{}, {}, stop, {}, {}] };
    return stateAfter([...reachedOn(['lb1'], { kind: 'step', step: 0 })], { sketch: { ramp } });
  };
  const indexOf = ({ plan }: RolloutState) =>
    plan.schedule.findIndex(({ manual, gates }) => manual || gates);

  it.each([
    ['waits for somebody', { manual: true }],
    ['has a gate of its own', { gates: [gate] }],
  ])('%s: no delay overtakes it', (_, stop) => {
    const first = withStop(stop);
    const index = indexOf(first);
    expect(index).toBeGreaterThan(0);
    const before = { ...first, directors: new Map(first.directors) };
    before.directors.set('lb1', {
      ...(first.directors.get('lb1') as NonNullable<ReturnType<typeof first.directors.get>>),
      step: index - 1,
    });
    const dueMs = first.plan.schedule[index + 1]?.atMs ?? Number.NaN;
    expect(decided(before, dueMs)).toMatchObject({
      kind: 'reach',
      goals: [{ milestone: { kind: 'step', step: index } }],
    });
    // Without the stop it is overtaken.
    const { plan } = before;
    const schedule = plan.schedule.map(({ atMs, fraction }) => ({ atMs, fraction }));
    expect(decided({ ...before, plan: { ...plan, schedule } }, dueMs)).toMatchObject({
      kind: 'reach',
      goals: [{ milestone: { kind: 'step', step: index + 1 } }],
    });
  });
});
