import { describe, expect, it } from 'vitest';
import { rollbackRampFrom } from '../../../../src/rollout/journal/rollback-ramp.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import { other, reachedOn, stateAfter, web } from '../../../support/engine-state.ts';

const pace = { overMs: 60_000, everyMs: 1_000 };
const both = ['lb1', 'lb2'];
const at = (one: number, two: number, ...more: readonly JournalBody[]): RolloutState =>
  stateAfter(
    [
      ...(one < 0 ? [] : reachedOn(['lb1'], { kind: 'step', step: one })),
      ...(two < 0 ? [] : reachedOn(['lb2'], { kind: 'step', step: two })),
      ...more,
    ],
    { directors: both },
  );
const stepsOf = (state: RolloutState, director = 'lb1') =>
  rollbackRampFrom(state, pace)
    ?.directors.find((one) => one.director === director)
    ?.services.find(({ service }) => service === web)?.steps;
const planned = (state: RolloutState, step: number) =>
  state.plan.directors[0]?.services[0]?.steps[step];
/** The greatest common factor that one list of weights has over another; 1 where they are the same. */
const factor = (weights: readonly number[] = [], of: readonly number[] = []) => {
  const [first] = weights.map((weight, index) => weight / (of[index] ?? 1)).filter(Number.isFinite);
  expect(weights).toEqual(of.map((weight) => weight * (first ?? 0)));
  return first;
};

describe('a rollback as a ramp', () => {
  it('is none where nothing has moved, or where one is under way', () => {
    expect(rollbackRampFrom(at(-1, -1), pace)).toBeUndefined();
    expect(rollbackRampFrom(at(0, -1), pace)).toBeDefined();
    const started = { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 0 } as const;
    const ramp = rollbackRampFrom(at(3, 3), pace);
    if (!ramp) throw new Error('no ramp');
    expect(rollbackRampFrom(at(3, 3, { ...started, ramp }), pace)).toBeUndefined();
    const reached = { type: 'reached', director: 'lb1', milestone: { kind: 'rollback' } } as const;
    expect(rollbackRampFrom(at(3, 3, started, reached), pace)).toBeUndefined();
  });

  it('begins with what the furthest director has moved, and takes the time that was asked for', () => {
    const schedule = rollbackRampFrom(at(3, 6), pace)?.schedule ?? [];
    expect(schedule).toHaveLength(61);
    expect(schedule[0]).toEqual({ atMs: 0, fraction: 0.5 });
    expect(schedule.at(-1)).toEqual({ atMs: 60_000, fraction: 0 });
  });

  it('leads from where each director is to where it was, on a finer scale', () => {
    const state = at(3, 6);
    for (const [director, step] of [
      ['lb1', 3],
      ['lb2', 6],
    ] as const) {
      const steps = stepsOf(state, director) ?? [];
      const scale = factor(steps[0], planned(state, step));
      expect(factor(steps.at(-1), planned(state, 0))).toBe(scale);
    }
    // Three units in sixty steps would stand still for most of them.
    const few = stateAfter(reachedOn(['lb1'], { kind: 'step', step: 1 }));
    expect(factor(stepsOf(few)?.[0], planned(few, 1))).toBeGreaterThan(1);
  });

  it('has the last step behind it where servers are gone already', () => {
    const retire = { kind: 'retire', service: web, servers: [], last: false } as const;
    const state = at(12, 12, { type: 'reached', director: 'lb1', milestone: retire });
    expect(rollbackRampFrom(state, pace)?.schedule[0]?.fraction).toBe(1);
    factor(stepsOf(state)?.[0], planned(state, 12));
  });

  it('keeps its scale beside a bystander that somebody has changed, and beside a manager', () => {
    const changed = stateAfter([
      ...reachedOn(['lb1'], { kind: 'step', step: 1 }),
      { type: 'bystander-changed', director: 'lb1', service: web, server: other, weight: 7 },
    ]);
    expect(stepsOf(changed)?.[0]).toEqual(planned(changed, 1));
    const plain = stateAfter(reachedOn(['lb1'], { kind: 'step', step: 1 }));
    const directors = plain.plan.directors.map((one) => ({
      ...one,
      services: one.services.map((service) => ({ ...service, managedBy: 'keepalived' as never })),
    }));
    const managed = { ...plain, plan: { ...plain.plan, directors } };
    expect(stepsOf(managed)?.[0]).toEqual(planned(plain, 1));
  });
});
