import { describe, expect, it } from 'vitest';
import type { Action } from '../../../../src/rollout/action.ts';
import { decideBaseScale, decideHold } from '../../../../src/rollout/decide/hold.ts';
import type { Observation } from '../../../../src/rollout/observe/observation.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import { listedAt, reachedOn, seenOf, stateAfter, web } from '../../../support/engine-state.ts';

const nowMs = 17_000;
const directors = ['lb1', 'lb2'];
const failure = { kind: 'director', what: 'ssh ended', where: 'lb1', next: 'look' } as const;
const trouble = { count: 3, retryAtMs: 18_000, failure };
const stateOf = (entries: readonly JournalBody[] = [], at = directors) =>
  stateAfter([...reachedOn(at, { kind: 'step', step: 3 }), ...entries], { directors: at });
const seen = (state: RolloutState, more: Partial<Observation> = {}, troubled: string[] = []) =>
  seenOf(
    Object.fromEntries(
      [...state.directors.keys()].map((name) => [
        name,
        listedAt(
          state,
          name,
          nowMs,
          troubled.includes(name) ? { troubles: { edit: trouble } } : {},
        ),
      ]),
    ),
    more,
  );
const end = (exitCode: number): Extract<Action, { kind: 'end' }> => ({
  kind: 'end',
  outcome: 'held',
  exitCode,
  message: 'held at step 3',
});
// 10.0.0.1 had 100, of which step 3 of 12 has moved a quarter.
const base = {
  kind: 'base-scale',
  services: [{ service: web, weights: [75, 25, 100] }],
} as const;
const toBase = { kind: 'reach', goals: [{ milestone: base, directors }], dueMs: nowMs };
const words = `held at step 3; ${web} is on the scale of the ramp`;

describe('a rollout that is held in mid-ramp', () => {
  it.each([
    [4, 'a drain that takes too long'],
    [5, 'a gate'],
    [130, 'a signal'],
  ])('with exit %d for %s has its shares on the scale of the table before first', (exitCode) => {
    expect(decideHold(stateOf(), seen(stateOf()), nowMs, end(exitCode))).toEqual(toBase);
  });

  it.each([
    [6, 'somebody else edits'],
    [7, 'a director is away'],
  ])('with exit %d is left as it is, for %s, and says on which scale', (exitCode) => {
    expect(decideHold(stateOf(), seen(stateOf()), nowMs, end(exitCode))).toMatchObject({
      ...{ kind: 'end', exitCode },
      message: expect.stringContaining(words),
    });
  });

  it('is left as it is for a drift, whatever the exit code', () => {
    const drift = {
      kind: 'conflict',
      director: 'lb1',
      service: web,
      expected: '',
      found: '',
    } as const;
    expect(decideHold(stateOf(), seen(stateOf()), nowMs, { ...end(4), drift })).toMatchObject({
      kind: 'end',
      message: expect.stringContaining(words),
    });
  });

  it('is left as it is by the second signal, not by the first', () => {
    const stopped = (again: boolean) =>
      decideHold(
        stateOf(),
        seen(stateOf(), { stop: { signal: 'sigint', again } }),
        nowMs,
        end(130),
      );
    expect(stopped(false)).toEqual(toBase);
    expect(stopped(true).kind).toBe('end');
  });

  it('says nothing of a scale that is the usual one', () => {
    const atBase = stateOf(reachedOn(directors, base));
    expect(decideHold(atBase, seen(atBase), nowMs, end(4))).toEqual(end(4));
    expect(decideHold(stateAfter([]), seenOf({}), nowMs, end(4))).toEqual(end(4));
  });
});

describe('the scale of the table before', () => {
  const scaled = (state: RolloutState, troubled: string[] = []) =>
    decideBaseScale(state, seen(state, {}, troubled), nowMs);

  it('comes back on those that do not have it yet', () => {
    expect(scaled(stateOf(reachedOn(['lb1'], base)))).toMatchObject({
      goals: [{ milestone: base, directors: ['lb2'] }],
    });
    expect(scaled(stateOf(reachedOn(directors, base)))).toBeUndefined();
  });

  it('waits while a director has trouble, but not for a lost one', () => {
    expect(scaled(stateOf(), ['lb2'])).toBeUndefined();
    const lost = stateOf([{ type: 'director-lost', director: 'lb2', reason: 'away' }]);
    expect(scaled(lost, ['lb2'])).toMatchObject({ goals: [{ directors: ['lb1'] }] });
  });

  it('is set after a listing', () => {
    const state = stateOf();
    const stale = seenOf({
      lb1: listedAt(state, 'lb1', nowMs),
      lb2: listedAt(state, 'lb2', 1_000),
    });
    expect(decideBaseScale(state, stale, nowMs)).toEqual({ kind: 'observe', directors: ['lb2'] });
  });

  it.each([
    [
      'a weight that was taken as it is',
      { type: 'accepted', director: 'lb1', service: web, weights: [['10.0.0.1:80', 7]] },
    ],
    [
      'a removal that may have begun',
      {
        type: 'intended',
        director: 'lb1',
        milestone: { kind: 'retire', service: web, servers: ['10.0.0.1:80'], last: true },
      },
    ],
    [
      'a bystander with a weight of its own',
      {
        ...{ type: 'bystander-changed', director: 'lb1', service: web },
        ...{ server: '10.0.0.3:80', weight: 9 },
      },
    ],
  ] as const)('does not come back beside %s', (_, entry) => {
    expect(scaled(stateOf([entry as never], ['lb1']))).toBeUndefined();
  });

  it('comes back beside a bystander that is out', () => {
    const entry = { type: 'bystander-changed', director: 'lb1', service: web } as const;
    const out = { ...entry, server: '10.0.0.3:80', weight: 0 } as never;
    expect(scaled(stateOf([out], ['lb1']))).toMatchObject({ kind: 'reach' });
  });
});
