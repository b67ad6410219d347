import { describe, expect, it } from 'vitest';
import { timesOfTheRest } from '../../../../src/rollout/journal/resume.ts';
import {
  dueAtMs,
  hasBegun,
  rampProgressOf,
  slowestStep,
} from '../../../../src/rollout/state/ramp-progress.ts';
import { drainingSince, reachedOn, stateAfter } from '../../../support/engine-state.ts';

const directors = ['lb1', 'lb2'];

describe('the progress of a ramp', () => {
  it('is that of the slowest director', () => {
    const entries = [
      ...reachedOn(['lb1'], { kind: 'step', step: 5 }),
      ...reachedOn(['lb2'], { kind: 'step', step: 3 }),
    ];
    const state = stateAfter(entries, { directors });
    const progress = rampProgressOf(state);
    expect(progress && slowestStep(state, progress)).toBe(3);
    expect(progress?.milestoneAt(4)).toEqual({ kind: 'step', step: 4 });
    expect(progress && dueAtMs(state, progress, 4)).toBe(20_000);
  });

  it('begins before step 0, with the first edit that is intended', () => {
    const state = stateAfter([]);
    const progress = rampProgressOf(state);
    expect(progress && slowestStep(state, progress)).toBe(-1);
    expect(hasBegun(state)).toBe(false);
    expect(hasBegun(stateAfter(reachedOn(['lb1'], { kind: 'step', step: 0 })))).toBe(true);
  });

  it('is over when all have reached the last step', () => {
    expect(rampProgressOf(drainingSince(60_000))).toBeUndefined();
    const last = stateAfter(reachedOn(['lb1'], { kind: 'step', step: 11 }));
    expect(rampProgressOf(last)).toBeDefined();
  });
});

describe('the rest of a ramp that is to take another time', () => {
  it('keeps its proportions, from the step in force of the fastest', () => {
    const entries = [
      ...reachedOn(['lb1'], { kind: 'step', step: 8 }),
      ...reachedOn(['lb2'], { kind: 'step', step: 6 }),
    ];
    const times = timesOfTheRest(stateAfter(entries, { directors }), 8_000);
    const before = [0, 5, 10, 15, 20, 25, 30, 35, 40].map((s) => s * 1_000);
    expect(times).toEqual([...before, 42_000, 44_000, 46_000, 48_000]);
  });

  it('is none where nothing of the ramp is left', () => {
    expect(timesOfTheRest(drainingSince(60_000), 8_000)).toBeUndefined();
    const atOnce = stateAfter([], { sketch: { ramp: { overMs: 0 } } });
    expect(timesOfTheRest(atOnce, 8_000)).toEqual([0, 8_000]);
    const there = [
      ...reachedOn(['lb1'], { kind: 'step', step: 12 }),
      ...reachedOn(['lb2'], { kind: 'step', step: 11 }),
    ];
    expect(timesOfTheRest(stateAfter(there, { directors: ['lb1', 'lb2'] }), 8_000)).toBeUndefined();
    const first = timesOfTheRest(stateAfter([]), 12_000);
    expect([first?.at(0), first?.at(1), first?.at(-1)]).toEqual([0, 1_000, 12_000]);
  });
});
