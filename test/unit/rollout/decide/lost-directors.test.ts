import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/rollout/decide/decide.ts';
import {
  decideFailedDirector,
  decideQuorum,
  nextProbeMs,
} from '../../../../src/rollout/decide/lost-directors.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import {
  listedAt,
  reachedOn,
  type StateSketch,
  seenOf,
  stateAfter,
} from '../../../support/engine-state.ts';

const four = ['lb1', 'lb2', 'lb3', 'lb4'];
const trouble = {
  count: 3,
  retryAtMs: 0,
  failure: { kind: 'director', what: 'ssh ended', where: 'lb2', next: 'look' },
} as never;
const lose = (...names: readonly string[]): readonly JournalBody[] =>
  names.map((director) => ({ type: 'director-lost', director, reason: `${director} is away` }));
const stateOf = (entries: readonly JournalBody[], more: StateSketch = {}) =>
  stateAfter([...reachedOn(four, { kind: 'step', step: 3 }), ...entries], {
    directors: four,
    ...more,
  });
const goingBack: JournalBody = {
  type: 'rollback-started',
  cause: 'asked',
  reason: 'asked to',
  exitCode: 5,
};
const hold = { policy: { onFailure: 'hold' } } as const;

describe('a director that has failed for good', () => {
  const failed = (state: ReturnType<typeof stateOf>) => decideFailedDirector(state, 'lb2', trouble);

  it('is lost where a quorum of exactly as many is left', () => {
    const state = stateOf([], { quorum: 3, sketch: hold });
    expect(failed(state)).toEqual({ kind: 'lose', director: 'lb2', reason: 'ssh ended' });
  });

  it('holds the rollout with exit 7 where one fewer than the quorum is left, as asked', () => {
    const state = stateOf(lose('lb4'), { quorum: 3, sketch: hold });
    expect(failed(state)).toMatchObject({ kind: 'end', outcome: 'held', exitCode: 7 });
  });

  it('holds the rollout without a quorum: all are needed', () => {
    expect(failed(stateOf([], { sketch: hold }))).toMatchObject({ outcome: 'held', exitCode: 7 });
  });

  it('is lost whatever the quorum where the others are to be rolled back', () => {
    expect(failed(stateOf([], { quorum: 4 }))).toMatchObject({ kind: 'lose' });
  });

  it('is lost on the way back, where nobody counts', () => {
    const state = stateOf([goingBack], { quorum: 4, sketch: hold });
    expect(failed(state)).toMatchObject({ kind: 'lose' });
  });

  it('holds the rollout where it is the last', () => {
    const state = stateOf(lose('lb1', 'lb3', 'lb4'), { quorum: 1 });
    expect(failed(state)).toMatchObject({ kind: 'end', outcome: 'held', exitCode: 7 });
  });
});

describe('the quorum', () => {
  it('lets a rollout go on with exactly as many', () => {
    expect(decideQuorum(stateOf(lose('lb2'), { quorum: 3 }))).toBeUndefined();
  });

  it('rolls the others back with one fewer, and says which was the first to go', () => {
    expect(decideQuorum(stateOf(lose('lb2', 'lb3'), { quorum: 3 }))).toEqual({
      kind: 'roll-back',
      cause: 'director',
      reason: 'director lb2 cannot be reached: lb2 is away',
      exitCode: 7,
    });
  });

  it('is all of them where none is given, and never more than there are', () => {
    expect(decideQuorum(stateOf(lose('lb2')))).toMatchObject({ kind: 'roll-back' });
    expect(decideQuorum(stateOf([]))).toBeUndefined();
    expect(decideQuorum(stateOf([], { quorum: 9 }))).toBeUndefined();
  });

  it('has no say on the way back', () => {
    expect(decideQuorum(stateOf([...lose('lb2'), goingBack]))).toBeUndefined();
  });
});

describe('a lost director', () => {
  const state = stateOf(lose('lb2', 'lb3'), { quorum: 2 });
  const others = { lb1: listedAt(state, 'lb1', 40_000), lb4: listedAt(state, 'lb4', 40_000) };
  const away = { tellsChanges: false, commandMs: 20, troubles: {} };

  it('is asked when its time has come, and not again while an answer is awaited', () => {
    const seen = seenOf({
      ...others,
      lb2: { ...away, probe: { atMs: 15_000 } },
      lb3: { ...away, probe: 'under-way' },
    });
    expect(nextProbeMs(state, seen)).toBe(15_000);
    expect(decide(state, seen, 15_000)).toEqual({ kind: 'probe', directors: ['lb2'] });
    expect(decide(state, seen, 14_999)).not.toMatchObject({ kind: 'probe' });
  });

  it('is never asked that nobody has heard of', () => {
    expect(nextProbeMs(state, seenOf(others))).toBe(Number.POSITIVE_INFINITY);
  });

  it('counts again once it is where the others are', () => {
    const back = stateOf([...lose('lb2')], { quorum: 2 });
    const seen = seenOf({
      ...others,
      lb3: listedAt(back, 'lb3', 40_000),
      lb2: listedAt(back, 'lb2', 40_000),
    });
    expect(decide(back, seen, 16_000)).toEqual({ kind: 'regain', director: 'lb2' });
  });
});
