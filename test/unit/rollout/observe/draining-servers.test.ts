import { describe, expect, it } from 'vitest';
import {
  connectionsOf,
  copiesOf,
  drainingServers,
  isAbsent,
  isGone,
  isKept,
} from '../../../../src/rollout/observe/draining-servers.ts';
import type { LiveDirector } from '../../../../src/rollout/observe/observation.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  drainingSince,
  listedAt,
  old,
  oldKey,
  reachedOn,
  seenOf,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';

const directors = ['lb1', 'lb2'];
const step = { kind: 'step', step: 12 } as const;
const retire = { kind: 'retire', service: web, servers: [old], last: true } as const;
const keep = { sketch: { policy: { keep: true } } };
const draining = { key: oldKey, service: web, server: old, directors };

/** What a director's counters show of the old server; without it, what the journal has in the table. */
const shown = (state: RolloutState, name: string, activeConn?: number): LiveDirector => {
  const live = listedAt(state, name, 70_000);
  const sample = live.sample?.services.get(web);
  if (!live.sample || !sample) throw new Error('not sampled');
  const servers = new Map(sample.servers);
  if (activeConn === undefined) servers.delete(old);
  else servers.set(old, { weight: 0, activeConn, inActConn: 1, persistConn: 0 });
  const services = new Map(live.sample.services).set(web, { ...sample, servers });
  return { ...live, sample: { atMs: 70_000, services } };
};

describe('a server that drains on two directors', () => {
  const state = drainingSince(60_000, { directors });

  it('is one, of both', () => {
    expect(drainingServers(state)).toEqual([draining]);
  });

  it('is gone when the journal says so of both', () => {
    const stateOn = (names: readonly string[]) =>
      stateAfter([...reachedOn(directors, step), ...reachedOn(names, retire)], { directors });
    expect(isGone(stateOn([]), draining)).toBe(false);
    expect(isGone(stateOn(['lb1']), draining)).toBe(false);
    expect(isGone(stateOn(directors), draining)).toBe(true);
  });

  it('is absent when neither table shows it, and both were read', () => {
    const [has, hasNot] = [shown(state, 'lb1', 0), shown(state, 'lb2')];
    const { sample: _, ...unread } = hasNot;
    expect(isAbsent(seenOf({ lb1: has, lb2: hasNot }), draining)).toBe(false);
    expect(isAbsent(seenOf({ lb1: unread, lb2: hasNot }), draining)).toBe(false);
    expect(isAbsent(seenOf({ lb1: hasNot, lb2: hasNot }), draining)).toBe(true);
  });

  it('is kept where asked, when its service has its final weights on both', () => {
    const last = { ...retire, servers: [] };
    const stateOn = (names: readonly string[], more = keep) =>
      stateAfter([...reachedOn(directors, step), ...reachedOn(names, last)], {
        directors,
        ...more,
      });
    expect(isKept(stateOn(['lb1']), draining)).toBe(false);
    expect(isKept(stateOn(directors), draining)).toBe(true);
    expect(isKept(stateOn(directors, { sketch: { policy: { keep: false } } }), draining)).toBe(
      false,
    );
  });
});

describe('the connections that keep a server', () => {
  const state = drainingSince(60_000, { directors });
  const live = { lb1: shown(state, 'lb1', 2), lb2: shown(state, 'lb2', 4) };

  it('are those of its verdict', () => {
    const watches = new Map([[oldKey, { verdict: { kind: 'draining', connections: 9 } as const }]]);
    expect(connectionsOf(state.plan, seenOf(live, { watches }), draining)).toBe(9);
  });

  it('are else active and inactive ones of all directors, of those that sync the most', () => {
    const watches = new Map([[oldKey, { verdict: { kind: 'drained' } as const }]]);
    expect(connectionsOf(state.plan, seenOf(live, { watches }), draining)).toBe(3 + 5);
    const planned = state.plan.directors.map((one) => ({ ...one, syncGroup: 1 }));
    const synced = { ...state.plan, directors: planned } as typeof state.plan;
    expect(connectionsOf(synced, seenOf(live), draining)).toBe(5);
    expect(copiesOf(synced, directors)).toEqual([['lb1', 'lb2']]);
    expect(copiesOf(state.plan, directors)).toEqual([['lb1'], ['lb2']]);
    const [first, ...rest] = planned;
    const apart = {
      ...state.plan,
      directors: [{ ...first, syncGroup: 7 }, ...rest],
    } as typeof state.plan;
    expect(copiesOf(apart, directors)).toEqual([['lb1'], ['lb2']]);
  });

  it('are none where nobody could read it', () => {
    expect(connectionsOf(state.plan, seenOf({}), draining)).toBe(0);
  });
});
