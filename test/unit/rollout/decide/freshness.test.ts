import { describe, expect, it } from 'vitest';
import {
  leadMs,
  reachTogether,
  reachWhenListed,
  staleDirectors,
} from '../../../../src/rollout/decide/freshness.ts';
import type { LiveDirector } from '../../../../src/rollout/observe/observation.ts';
import { fresh, listedAt, old, seenOf, stateAfter, web } from '../../../support/engine-state.ts';

const state = stateAfter([], { directors: ['lb1', 'lb2'] });
const nowMs = 100_000;
const listed = (agoMs: number, more: Partial<LiveDirector> = {}): LiveDirector =>
  listedAt(state, 'lb1', nowMs - agoMs, more);
const retire = { kind: 'retire', service: web, servers: [old], last: true } as const;
const goal = { milestone: retire, directors: ['lb1'] };
const step = { kind: 'step', step: 1 } as const;

describe('a removal', () => {
  const removal = (live: LiveDirector) => reachTogether([goal], seenOf({ lb1: live }), nowMs);

  it('is made from a listing of 300 ms ago, and dated now', () => {
    expect(removal(listed(300))).toEqual({ kind: 'reach', goals: [goal], dueMs: nowMs });
  });

  it.each([301, 1_000, 60_000])('lists again where the last listing is %d ms old', (agoMs) => {
    expect(removal(listed(agoMs))).toEqual({ kind: 'observe', directors: ['lb1'] });
  });

  it('lists a director of which there is no listing', () => {
    const { table: _, ...unlisted } = listed(0);
    expect(removal(unlisted)).toEqual({ kind: 'observe', directors: ['lb1'] });
  });

  it('gives a slow director four times what its commands take', () => {
    expect(removal(listed(2_000, { commandMs: 500 })).kind).toBe('reach');
    expect(removal(listed(2_001, { commandMs: 500 })).kind).toBe('observe');
  });

  it('waits no longer where the director tells of changes: nothing is due', () => {
    expect(removal(listed(301, { tellsChanges: true })).kind).toBe('observe');
  });

  it('of several services lists each of their directors once, and only those that are stale', () => {
    const goals = [
      { milestone: retire, directors: ['lb1', 'lb2'] },
      { milestone: { ...retire, servers: [fresh] }, directors: ['lb2'] },
    ];
    const seen = seenOf({ lb1: listed(10), lb2: listed(60_000) });
    expect(reachTogether(goals, seen, nowMs)).toEqual({ kind: 'observe', directors: ['lb2'] });
    const both = seenOf({ lb1: listed(60_000), lb2: listed(60_000) });
    expect(reachTogether(goals, both, nowMs)).toEqual({
      kind: 'observe',
      directors: ['lb1', 'lb2'],
    });
  });
});

describe('a step', () => {
  const due = { milestone: step, dueMs: 99_900, shiftMs: 7 };
  const taken = (live: LiveDirector) => reachWhenListed(['lb1'], seenOf({ lb1: live }), nowMs, due);

  it('is made from a listing of 300 ms ago, and keeps when it was due', () => {
    const goals = [{ milestone: step, directors: ['lb1'] }];
    expect(taken(listed(300))).toEqual({ kind: 'reach', goals, dueMs: 99_900, shiftMs: 7 });
  });

  it.each([301, 1_000, 60_000])('lists again where the last listing is %d ms old', (agoMs) => {
    expect(taken(listed(agoMs))).toEqual({ kind: 'observe', directors: ['lb1'] });
  });

  it('takes a listing of 800 ms ago from a director that tells of changes', () => {
    expect(taken(listed(800, { tellsChanges: true })).kind).toBe('reach');
    expect(taken(listed(801, { tellsChanges: true })).kind).toBe('observe');
  });

  it('of a rollback without a ramp is as strict as a removal', () => {
    const back = { milestone: { kind: 'rollback' }, dueMs: nowMs } as const;
    const seen = seenOf({ lb1: listed(301, { tellsChanges: true }) });
    expect(reachWhenListed(['lb1'], seen, nowMs, back).kind).toBe('observe');
  });
});

describe('the listing before a step', () => {
  it('starts 150 ms early, and 800 ms where all directors tell of changes', () => {
    const telling = listed(0, { tellsChanges: true });
    expect(leadMs(['lb1'], seenOf({ lb1: listed(0) }))).toBe(150);
    expect(leadMs(['lb1'], seenOf({ lb1: telling }))).toBe(800);
    expect(leadMs(['lb1', 'lb2'], seenOf({ lb1: telling, lb2: listed(0) }))).toBe(150);
  });

  it('starts four times the time of the slowest command early', () => {
    const seen = seenOf({ lb1: listed(0), lb2: listed(0, { commandMs: 700 }) });
    expect(leadMs(['lb1', 'lb2'], seen)).toBe(2_800);
    expect(leadMs(['lb1'], seen)).toBe(150);
  });

  it('is stale by the time of the step, not by now', () => {
    const seen = seenOf({ lb1: listed(100), lb2: listed(0) });
    expect(staleDirectors(['lb1', 'lb2'], seen, nowMs + 200)).toEqual([]);
    expect(staleDirectors(['lb1', 'lb2'], seen, nowMs + 201)).toEqual(['lb1']);
    expect(staleDirectors(['lb1', 'lb2'], seen, nowMs + 301)).toEqual(['lb1', 'lb2']);
  });
});
