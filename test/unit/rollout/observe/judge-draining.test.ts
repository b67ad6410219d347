import { describe, expect, it } from 'vitest';
import type { ConnectionEntry, ServerSample } from '../../../../src/domain/ipvs/ipvs.ts';
import { judgeDraining } from '../../../../src/rollout/observe/judge-draining.ts';
import { totalsOfLate } from '../../../../src/rollout/observe/totals-of-late.ts';
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

const both = ['lb1', 'lb2'];
const alone = drainingSince(1_000, { directors: both });
/** The same rollout on directors that copy each other's connections. */
const copying: RolloutState = {
  ...alone,
  plan: {
    ...alone.plan,
    directors: alone.plan.directors.map((one) => ({ ...one, syncGroup: 'a' as never })),
  },
};
const timeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
const entry = (port: number, more: Partial<ConnectionEntry> = {}): ConnectionEntry => ({
  protocol: 'TCP',
  state: 'ESTABLISHED',
  expiresS: 890,
  client: { address: '192.0.2.1', port },
  virtual: { address: '10.0.0.100', port: 80 },
  server: old,
  ...more,
});
const ended = (port: number, agoS: number) =>
  entry(port, { state: 'TIME_WAIT', expiresS: 120 - agoS });

const seen = (state: RolloutState, ...counts: readonly Partial<ServerSample>[]) =>
  seenOf(
    Object.fromEntries(
      both.map((name, index) => {
        const live = listedAt(state, name, 5_000 + index * 1_000);
        const sample = live.sample?.services.get(web);
        const server = sample?.servers.get(old);
        if (!sample || !server) throw new Error('no sample');
        const servers = new Map([...sample.servers, [old, { ...server, ...counts[index] }]]);
        const services = new Map([[web, { ...sample, servers }]]);
        return [name, { ...live, sample: { atMs: 5_000 + index * 1_000, services } }];
      }),
    ),
  );
const watch = (state: RolloutState, ...counts: readonly Partial<ServerSample>[]) =>
  judgeDraining(state, seen(state, ...counts)).get(oldKey);
const tables = (...entries: readonly (readonly ConnectionEntry[])[]) => ({
  atMs: 7_000,
  untilMs: 7_400,
  byDirector: new Map(both.map((name, i) => [name, { entries: entries[i] ?? [], timeouts }])),
});

describe('a server that drains on several directors', () => {
  it('has the connections of all, and of those that copy each other the most', () => {
    const [few, many] = [{ activeConn: 2 }, { activeConn: 5 }];
    const verdict = (connections: number) => ({ verdict: { kind: 'draining', connections } });
    expect(watch(alone, few, many)).toEqual(verdict(7));
    expect(watch(copying, few, many)).toEqual(verdict(5));
    expect(watch(copying, many, few)).toEqual(verdict(5));
  });

  it('may have some that only its connections tell of, where any shows an inactive one', () => {
    for (const state of [alone, copying]) {
      expect(watch(state, {}, { inActConn: 1 })).toEqual({
        verdict: { kind: 'needs-connections' },
      });
      expect(watch(state, { inActConn: 1 }, {})).toEqual({
        verdict: { kind: 'needs-connections' },
      });
    }
  });

  it('is empty since the earliest of their samples', () => {
    expect(watch(alone)).toMatchObject({ emptySinceMs: 5_000 });
  });

  it('is not judged where one of them was never sampled', () => {
    const { directors, ...rest } = seen(alone);
    const lb2 = { tellsChanges: false, commandMs: 20, troubles: {} };
    const once = { ...rest, directors: new Map([...directors, ['lb2', lb2]]) };
    expect(judgeDraining(alone, once).get(oldKey)).toBeUndefined();
  });

  it('has in its tables what is open, and of copies the fullest, with the latest end of all', () => {
    const found = (state: RolloutState) =>
      judgeDraining(
        state,
        seen(state, { inActConn: 3 }, { inActConn: 3 }),
        tables([entry(1), ended(2, 9)], [entry(1), entry(3), ended(2, 4)]),
      ).get(oldKey);
    expect(found(alone)).toMatchObject({
      verdict: { kind: 'draining', connections: 3 },
      openConnections: { count: 3, lastEndedAgoS: 4 },
    });
    expect(found(copying)).toMatchObject({
      verdict: { kind: 'draining', connections: 2 },
      openConnections: { count: 2, lastEndedAgoS: 4 },
    });
    const other = judgeDraining(
      copying,
      seen(copying, { inActConn: 3 }, { inActConn: 3 }),
      tables([entry(1), ended(2, 4)], [entry(1), entry(3), ended(2, 9)]),
    ).get(oldKey);
    expect(other).toMatchObject({ openConnections: { count: 2, lastEndedAgoS: 4 } });
    const none = judgeDraining(copying, seen(copying), tables([], [])).get(oldKey);
    expect(none?.openConnections).not.toHaveProperty('lastEndedAgoS');
  });

  it('is watched in a drain and on the way back once that has its weights, and not before', () => {
    const ramping = stateAfter(reachedOn(both, { kind: 'step', step: 3 }), { directors: both });
    expect(judgeDraining(ramping, seen(ramping)).size).toBe(0);
    const started = { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 0 } as const;
    const step = reachedOn(both, { kind: 'step', step: 3 });
    const going = stateAfter([...step, started], { directors: both });
    expect(judgeDraining(going, seen(going)).size).toBe(0);
    const back = stateAfter([...step, started, ...reachedOn(both, { kind: 'rollback' })], {
      directors: both,
    });
    expect([...judgeDraining(back, seen(back)).keys()]).toEqual([`${web} 10.0.0.2:80`]);
  });
});

describe('totals of late', () => {
  const at = (atMs: number | undefined, nowMs: number, sinceMs?: number) =>
    totalsOfLate(
      {
        recentTotals: () => (atMs === undefined ? undefined : { atMs, totals: new Map() }),
      },
      nowMs,
      sinceMs,
    )?.atMs;

  it('are those of six seconds at most, and later than was asked for', () => {
    expect(at(undefined, 10_000)).toBeUndefined();
    expect(at(4_000, 10_000)).toBe(4_000);
    expect(at(3_999, 10_000)).toBeUndefined();
    expect(at(4_000, 10_000, 3_999)).toBe(4_000);
    expect(at(4_000, 10_000, 4_000)).toBeUndefined();
  });
});

it('a server of one director alone is judged by the connections of that one', () => {
  const [first, second] = alone.plan.directors;
  if (!first || !second) throw new Error('no directors');
  const directors = [{ ...first, services: [] }, second];
  const state = { ...alone, plan: { ...alone.plan, directors } };
  const found = judgeDraining(
    state,
    seen(alone, {}, { inActConn: 2 }),
    tables([], [entry(1), entry(2)]),
  );
  expect(found.get(oldKey)).toMatchObject({
    verdict: { kind: 'draining', connections: 2 },
    openConnections: { count: 2 },
  });
});
