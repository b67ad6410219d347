import { describe, expect, it } from 'vitest';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import {
  drainingSince,
  fresh,
  old,
  oldKey,
  reachedOn,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';

type Entry = JournalBody & { readonly atMs?: number };

const last = { kind: 'step', step: 12 } as const;
const drained: Entry = { type: 'drained', service: web, server: old, atMs: 70_000 };
const resumed: Entry = { type: 'resumed', startAtMs: 5_000, atMs: 90_000 };
const retired = (...servers: readonly (typeof old)[]) =>
  ({ kind: 'retire', service: web, servers, last: true }) as const;
const goingBack: Entry = {
  type: 'rollback-started',
  cause: 'asked',
  reason: 'asked to',
  exitCode: 5,
  atMs: 80_000,
};
const lost: Entry = { type: 'director-lost', director: 'lb2', reason: 'away', atMs: 75_000 };
const regained: Entry = { type: 'director-regained', director: 'lb2', atMs: 85_000 };
const two = ['lb1', 'lb2'];

describe('that a server was empty', () => {
  it('is known until something says otherwise', () => {
    const state = stateAfter([...reachedOn(['lb1'], last), drained]);
    expect([...state.drained]).toEqual([oldKey]);
    const refilled: Entry = { type: 'refilled', service: web, server: old };
    const another: Entry = { type: 'refilled', service: web, server: fresh };
    expect(stateAfter([...reachedOn(['lb1'], last), drained, refilled]).drained.size).toBe(0);
    expect(stateAfter([...reachedOn(['lb1'], last), drained, another]).drained.size).toBe(1);
  });

  it('is not known after a resume: nobody has looked in the meantime', () => {
    const state = stateAfter([...reachedOn(['lb1'], last), drained, resumed]);
    expect(state.drained.size).toBe(0);
  });

  it('stays known after a resume of a server that has left the table of a director', () => {
    const entries = [...reachedOn(two, last), drained, ...reachedOn(['lb1'], retired(old))];
    const state = stateAfter([...entries, resumed], { directors: two });
    expect([...state.drained]).toEqual([oldKey]);
  });

  it('is not known of a rollback, in which other servers leave', () => {
    expect(stateAfter([...reachedOn(['lb1'], last), drained, goingBack]).drained.size).toBe(0);
  });

  it('is not known when a director is back whose connections nobody has seen', () => {
    const entries = [...reachedOn(two, last), drained, lost, regained];
    expect(stateAfter(entries, { directors: two }).drained.size).toBe(0);
  });

  it('stays known when a director is back that has removed the server itself', () => {
    const gone = reachedOn(['lb2'], retired(old));
    const entries = [...reachedOn(two, last), drained, ...gone, lost, regained];
    expect([...stateAfter(entries, { directors: two }).drained]).toEqual([oldKey]);
  });
});

describe('the clock of a drain', () => {
  it('begins when the last director has reached the last step', () => {
    const first = reachedOn(['lb1'], last, 60_000);
    expect(stateAfter(first, { directors: two }).phase).toEqual({ kind: 'ramping' });
    const both = [...first, ...reachedOn(['lb2'], last, 61_000)];
    expect(stateAfter(both, { directors: two }).phase).toEqual({
      kind: 'draining',
      sinceMs: 61_000,
    });
  });

  it('begins without a director that is lost', () => {
    const entries = [...reachedOn(['lb1'], last, 60_000), lost];
    expect(stateAfter(entries, { directors: two }).phase).toEqual({
      kind: 'draining',
      sinceMs: 75_000,
    });
  });

  it.each([
    ['a resume', resumed, 90_000],
    ['a pause that is over', { type: 'continued', startAtMs: 1, atMs: 91_000 } as Entry, 91_000],
  ])('begins anew after %s', (_, entry, sinceMs) => {
    const state = stateAfter([...reachedOn(['lb1'], last, 60_000), entry]);
    expect(state.phase).toEqual({ kind: 'draining', sinceMs });
  });

  it('begins anew when a director is back', () => {
    const entries = [...reachedOn(two, last, 60_000), lost, regained];
    expect(stateAfter(entries, { directors: two }).phase).toEqual({
      kind: 'draining',
      sinceMs: 85_000,
    });
  });

  it('has not begun where a ramp goes on', () => {
    expect(stateAfter([resumed]).phase).toEqual({ kind: 'ramping' });
  });
});

describe('a rollback', () => {
  const rolledBack = { kind: 'rollback' } as const;

  it('is over its edits when every director that counts has the baseline', () => {
    const begun = [...reachedOn(two, last), goingBack, ...reachedOn(['lb1'], rolledBack, 81_000)];
    expect(stateAfter(begun, { directors: two }).phase).toEqual({
      kind: 'rolling-back',
      cause: 'asked',
      reason: 'asked to',
      exitCode: 5,
    });
    const both = [...begun, ...reachedOn(['lb2'], rolledBack, 82_000)];
    expect(stateAfter(both, { directors: two }).phase).toMatchObject({ sinceMs: 82_000 });
    expect(stateAfter([...begun, lost], { directors: two }).phase).toMatchObject({
      sinceMs: 75_000,
    });
  });

  it('brings back servers and weights: nothing is removed or finished any more', () => {
    const entries = [...reachedOn(['lb1'], last), ...reachedOn(['lb1'], retired(old))];
    const before = stateAfter(entries).directors.get('lb1');
    expect([...(before?.removed ?? [])]).toEqual([oldKey]);
    expect([...(before?.finished ?? [])]).toEqual([web]);
    const after = stateAfter([...entries, goingBack, ...reachedOn(['lb1'], rolledBack)]);
    expect(after.directors.get('lb1')).toMatchObject({
      rolledBack: true,
      removed: new Set(),
      finished: new Set(),
    });
  });
});

describe('a pause', () => {
  const paused: Entry = { type: 'paused', reason: 'asked to', manualStep: 3, atMs: 20_000 };

  it('is in force until somebody continues, who lets the manual step pass', () => {
    expect(stateAfter([paused])).toMatchObject({
      pausedAtMs: 20_000,
      manualStep: 3,
      manualDone: -1,
    });
    const after = stateAfter([paused, { type: 'continued', startAtMs: 9_000 }]);
    expect(after).toMatchObject({ manualDone: 3, startAtMs: 9_000 });
    expect(after).not.toHaveProperty('pausedAtMs');
    expect(after).not.toHaveProperty('manualStep');
  });

  it('at no manual step lets none pass', () => {
    const asked: Entry = { type: 'paused', reason: 'asked to', atMs: 20_000 };
    expect(stateAfter([asked])).not.toHaveProperty('manualStep');
    const after = stateAfter([paused, { type: 'continued', startAtMs: 9_000 }, asked]);
    expect(after).not.toHaveProperty('manualStep');
    expect(after.manualDone).toBe(3);
  });

  it('and an end are over after a resume, and no manual step has passed', () => {
    const ended: Entry = { type: 'ended', outcome: 'held', exitCode: 130, message: 'SIGINT' };
    const state = stateAfter([paused, ended, resumed]);
    expect(state).toMatchObject({ manualDone: -1, startAtMs: 5_000 });
    for (const field of ['end', 'pausedAtMs', 'manualStep']) {
      expect(state).not.toHaveProperty(field);
    }
  });
});

describe('an end', () => {
  it('says how, and whether somebody gave the rollout up', () => {
    const ended: Entry = { type: 'ended', outcome: 'held', exitCode: 4, message: 'm' };
    expect(stateAfter([ended]).end).toEqual({ outcome: 'held', exitCode: 4, message: 'm' });
    expect(stateAfter([{ ...ended, abandoned: true }]).end).toEqual({
      outcome: 'held',
      exitCode: 4,
      message: 'm',
      abandoned: true,
    });
  });
});

describe('a director that was started anew', () => {
  const reset: Entry = { type: 'director-reset', director: 'lb2' };

  it('is before its first step, and lost until it is where the others are', () => {
    const entries = [...reachedOn(two, { kind: 'step', step: 3 }), lost, reset];
    const state = stateAfter(entries, { directors: two });
    expect(state.directors.get('lb2')).toMatchObject({ step: -1, lost: { sinceMs: 75_000 } });
    expect(state.directors.get('lb1')?.step).toBe(3);
  });

  it('takes the rollout back to its ramp only where it was the only one', () => {
    const alone = { type: 'director-reset', director: 'lb1' } as const;
    expect(stateAfter([...reachedOn(['lb1'], last), drained, alone])).toMatchObject({
      phase: { kind: 'ramping' },
      drained: new Set(),
    });
    const both = [...reachedOn(two, last), drained, reset];
    expect(stateAfter(both, { directors: two }).phase.kind).toBe('draining');
  });
});

describe('a director that was started anew on the way back', () => {
  it('leaves the rollout on its way back', () => {
    const reset: Entry = { type: 'director-reset', director: 'lb1' };
    const entries = [...reachedOn(['lb1'], { kind: 'step', step: 3 }), goingBack, reset];
    expect(stateAfter(entries).phase).toEqual({
      kind: 'rolling-back',
      cause: 'asked',
      reason: 'asked to',
      exitCode: 5,
    });
  });
});

describe('an intent', () => {
  const intend = (step: number): Entry => ({
    type: 'intended',
    director: 'lb1',
    milestone: { kind: 'step', step },
  });

  it('stands beside those before it until one is reached, and once however often it is written', () => {
    const state = stateAfter([intend(0), intend(1), intend(0)]);
    expect(state.directors.get('lb1')?.intended).toEqual([
      { kind: 'step', step: 1 },
      { kind: 'step', step: 0 },
    ]);
    const settled = stateAfter([
      intend(0),
      intend(1),
      ...reachedOn(['lb1'], { kind: 'step', step: 1 }),
    ]);
    expect(settled.directors.get('lb1')).toMatchObject({ step: 1, intended: [] });
  });
});

describe('the time since which the last step stands', () => {
  it('is that of the last step, not of a removal', () => {
    const entries = reachedOn(['lb1'], retired(old), 99_000);
    const step = reachedOn(['lb1'], last, 60_000);
    expect(stateAfter([]).standsSinceMs).toBeUndefined();
    expect(stateAfter([...step, ...entries]).standsSinceMs).toBe(60_000);
    expect(drainingSince(60_000).standsSinceMs).toBe(60_000);
  });
});
