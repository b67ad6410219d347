import { describe, expect, it } from 'vitest';
import {
  type DrainEvidence,
  type DrainWatch,
  judgeDrain,
  unwatched,
} from '../../../../src/rollout/observe/drain-verdict.ts';
import type { OpenConnections } from '../../../../src/rollout/observe/open-connections.ts';

const none = { activeConn: 0, inActConn: 0, persistConn: 0 };
const read = (more: Partial<OpenConnections> = {}): OpenConnections => ({
  count: 0,
  byState: new Map(),
  openForS: 0,
  clients: [],
  ...more,
});
const at = (sampledAtMs: number, more: Partial<DrainEvidence> = {}): DrainEvidence => ({
  sampledAtMs,
  counts: none,
  settleMs: 5_000,
  ...more,
});
const empty = (emptySinceMs: number, surveyedMs = emptySinceMs): DrainWatch => ({
  emptySinceMs,
  surveyedMs,
  verdict: { kind: 'settling', untilMs: emptySinceMs + 5_000 },
});

describe('a server without connections', () => {
  it('has to stay so for the settle time, counted from the first sample that says so', () => {
    expect(judgeDrain(unwatched, at(10_000))).toEqual({
      emptySinceMs: 10_000,
      surveyedMs: 10_000,
      verdict: { kind: 'settling', untilMs: 15_000 },
    });
  });

  it('is drained when the settle time is over, and not a millisecond before', () => {
    expect(judgeDrain(empty(10_000, 14_000), at(14_999)).verdict).toEqual({
      kind: 'settling',
      untilMs: 15_000,
    });
    expect(judgeDrain(empty(10_000, 14_000), at(15_000)).verdict).toEqual({ kind: 'drained' });
  });

  it('is drained by its first sample with a settle of 0', () => {
    expect(judgeDrain(unwatched, at(10_000, { settleMs: 0 })).verdict).toEqual({ kind: 'drained' });
  });
});

describe('a server with connections', () => {
  it('is draining, with as many as the counters call active, whatever the table says', () => {
    const counts = { ...none, activeConn: 3, inActConn: 9 };
    const evidence = at(20_000, { counts, openConnections: read({ count: 7 }) });
    expect(judgeDrain(empty(10_000), evidence)).toEqual({
      verdict: { kind: 'draining', connections: 3 },
    });
  });

  it('is draining with as many as can carry data, where none is active', () => {
    const counts = { ...none, inActConn: 9 };
    const evidence = at(20_000, { counts, openConnections: read({ count: 2 }) });
    expect(judgeDrain(empty(10_000), evidence)).toEqual({
      verdict: { kind: 'draining', connections: 2 },
    });
  });

  it('that are inactive has its table read: one of them may carry data', () => {
    const counts = { ...none, inActConn: 1 };
    expect(judgeDrain(unwatched, at(20_000, { counts }))).toEqual(unwatched);
  });
});

describe('the end of the last connection', () => {
  const counts = { ...none, inActConn: 1 };
  const ended = (lastEndedAgoS: number, more: Partial<DrainEvidence> = {}) =>
    at(20_000, { counts, openConnections: read({ lastEndedAgoS }), ...more });

  it('is taken as late as it can have been: an age of 3 s is more than 2', () => {
    expect(judgeDrain(empty(10_000, 19_000), ended(3))).toEqual({
      emptySinceMs: 18_000,
      surveyedMs: 20_000,
      verdict: { kind: 'settling', untilMs: 23_000 },
    });
    // An age of 5 s is any above 4: only one of 6 leaves no doubt.
    expect(judgeDrain(empty(10_000, 19_000), ended(5)).verdict.kind).toBe('settling');
    expect(judgeDrain(empty(10_000, 19_000), ended(6)).verdict.kind).toBe('drained');
  });

  it('of this very second is now', () => {
    expect(judgeDrain(empty(10_000, 19_000), ended(0)).emptySinceMs).toBe(20_000);
    expect(judgeDrain(empty(10_000, 19_000), ended(1)).emptySinceMs).toBe(20_000);
  });

  it('never makes a server empty for longer than it was seen empty', () => {
    expect(judgeDrain(empty(17_000, 19_000), ended(100)).emptySinceMs).toBe(17_000);
  });
});

describe('a survey', () => {
  const counts = { ...none, inActConn: 1 };

  it('is due eight seconds after the last, where the settle time is longer', () => {
    const settling = judgeDrain(unwatched, at(10_000, { settleMs: 30_000 }));
    expect(settling.verdict).toEqual({ kind: 'settling', untilMs: 18_000 });
  });

  it('counts from when the reading of the table ended', () => {
    const long = at(10_000, { settleMs: 30_000, readUntilMs: 12_000 });
    expect(judgeDrain(unwatched, long)).toEqual({
      emptySinceMs: 10_000,
      surveyedMs: 12_000,
      verdict: { kind: 'settling', untilMs: 20_000 },
    });
  });

  it('is not needed before it is due, and is when it is', () => {
    const before = empty(10_000);
    expect(judgeDrain(before, at(14_999, { counts })).verdict).toEqual({
      kind: 'settling',
      untilMs: 15_000,
    });
    expect(judgeDrain(before, at(15_000, { counts }))).toEqual({
      emptySinceMs: 10_000,
      surveyedMs: 10_000,
      verdict: { kind: 'needs-connections' },
    });
  });

  it('that came later than the table remembers a reset says nothing of the time before', () => {
    const settleMs = 30_000;
    const inTime = judgeDrain(empty(10_000), at(19_000, { settleMs }));
    expect(inTime.emptySinceMs).toBe(10_000);
    const late = judgeDrain(empty(10_000), at(19_001, { settleMs }));
    expect(late.emptySinceMs).toBe(10_001);
  });
});
