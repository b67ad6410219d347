import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/rollout/decide/decide.ts';
import type { DrainWatch } from '../../../../src/rollout/observe/drain-verdict.ts';
import type { Observation } from '../../../../src/rollout/observe/observation.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  drainingSince,
  listedAt,
  old,
  oldKey,
  reachedOn,
  type StateSketch,
  seenOf,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';

const sinceMs = 60_000;
const open: DrainWatch = { verdict: { kind: 'draining', connections: 3 } };
const quiet: DrainWatch = { verdict: { kind: 'drained' } };
const counted = { atMs: sinceMs, totals: new Map(), ended: new Map() };

const seenAt = (
  state: RolloutState,
  atMs: number,
  watch: DrainWatch,
  more: Partial<Observation> = {},
): Observation =>
  seenOf(
    Object.fromEntries(
      [...state.directors.keys()].map((name) => [name, listedAt(state, name, atMs)]),
    ),
    { watches: new Map([[oldKey, watch]]), ...more },
  );
const draining = (more: StateSketch = {}) => drainingSince(sinceMs, more);
const withEmpty = (more: StateSketch = {}, ...entries: readonly JournalBody[]) =>
  stateAfter(
    [
      ...reachedOn(more.directors ?? ['lb1'], { kind: 'step', step: 12 }, sinceMs),
      { type: 'drained', service: web, server: old },
      ...entries,
    ],
    more,
  );
const decideAt = (state: RolloutState, nowMs: number, watch = open, more?: Partial<Observation>) =>
  decide(state, seenAt(state, nowMs, watch, more), nowMs);

describe('the connections that came at weight 0', () => {
  it('are counted when the kernel says what there was: 2.5 s after the last step', () => {
    expect(decideAt(draining(), sinceMs + 2_499)).toEqual({ kind: 'wait', untilMs: 62_500 });
    expect(decideAt(draining(), sinceMs + 2_500)).toEqual({ kind: 'count' });
  });

  it('are counted once', () => {
    const action = decideAt(draining(), sinceMs + 2_500, open, { counted });
    expect(action).toEqual({ kind: 'wait', untilMs: sinceMs + 600_000 });
  });

  it('are not asked for while a director has trouble', () => {
    const state = draining();
    const trouble = { count: 1, retryAtMs: 0, failure: {} as never };
    const lb1 = listedAt(state, 'lb1', 70_000, { troubles: { edit: trouble } });
    const seen = { ...seenAt(state, 70_000, open), directors: new Map([['lb1', lb1]]) };
    expect(decide(state, seen, 70_000)).toEqual({ kind: 'wait', untilMs: sinceMs + 600_000 });
  });
});

describe('an empty server', () => {
  it('is declared so first', () => {
    expect(decideAt(draining(), 70_000, quiet)).toEqual({
      kind: 'declare-drained',
      drainKeys: [oldKey],
    });
  });

  it('is then taken out, and the scale with it', () => {
    const milestone = { kind: 'retire', service: web, servers: [old], last: true } as const;
    expect(decideAt(withEmpty(), 70_000, quiet)).toEqual({
      kind: 'reach',
      goals: [{ directors: ['lb1'], milestone }],
      dueMs: 70_000,
    });
  });

  it('is not taken out from a listing of a minute ago', () => {
    const state = withEmpty();
    const seen = seenAt(state, 70_000, quiet);
    expect(decide(state, seen, 130_000)).toEqual({ kind: 'observe', directors: ['lb1'] });
  });

  it('of the journal that nobody has seen empty since stays', () => {
    const unseen = { watches: new Map(), counted };
    expect(decideAt(withEmpty(), 70_000, quiet, unseen)).toMatchObject({ kind: 'wait' });
    const unsure: DrainWatch = { verdict: { kind: 'needs-connections' } };
    expect(decideAt(withEmpty(), 70_000, unsure, { counted })).toEqual({ kind: 'look' });
  });

  it('that has connections again is told so', () => {
    expect(decideAt(withEmpty(), 70_000, open)).toEqual({
      kind: 'refill',
      service: web,
      server: old,
    });
  });

  it('is kept where asked: the scale alone is taken back', () => {
    const milestone = { kind: 'retire', service: web, servers: [], last: true } as const;
    const keep = { sketch: { policy: { keep: true } } };
    const unseen = { watches: new Map() };
    expect(decideAt(withEmpty(keep), 70_000, quiet, unseen)).toMatchObject({
      kind: 'reach',
      goals: [{ directors: ['lb1'], milestone }],
    });
  });

  it('that has left every table ends the rollout', () => {
    const retire = { kind: 'retire', service: web, servers: [old], last: true } as const;
    const gone = withEmpty({}, ...reachedOn(['lb1'], retire));
    expect(decideAt(gone, 70_000, quiet)).toMatchObject({
      kind: 'end',
      outcome: 'done',
      exitCode: 0,
    });
  });
});

describe('the deadline of a drain', () => {
  const onTimeout = (policy: 'hold' | 'remove' | 'rollback') =>
    draining({ sketch: { policy: { onTimeout: policy } } });
  const deadlineMs = sinceMs + 600_000;
  const explained = { explainedMs: deadlineMs, counted };

  it('is explained first', () => {
    expect(decideAt(onTimeout('hold'), deadlineMs, open, { counted })).toMatchObject({
      kind: 'explain',
    });
  });

  it('holds with exit 4, and not a millisecond early', () => {
    const held = { kind: 'end', outcome: 'held', exitCode: 4 };
    expect(decideAt(onTimeout('hold'), deadlineMs - 1, open, explained)).toEqual({
      kind: 'wait',
      untilMs: deadlineMs,
    });
    // Nobody translates weights while a rollout is held: they go back to the table's own scale first.
    const first = decideAt(onTimeout('hold'), deadlineMs, open, explained);
    expect(first).toMatchObject({ kind: 'reach', goals: [{ milestone: { kind: 'base-scale' } }] });
    const goals = first.kind === 'reach' ? first.goals : [];
    const atBase = goals.flatMap(({ milestone }) => reachedOn(['lb1'], milestone));
    const state = stateAfter([
      ...reachedOn(['lb1'], { kind: 'step', step: 12 }, sinceMs),
      ...atBase,
    ]);
    expect(decideAt(state, deadlineMs, open, explained)).toMatchObject(held);
  });

  it('removes where asked', () => {
    expect(decideAt(onTimeout('remove'), deadlineMs, open, explained)).toMatchObject({
      kind: 'reach',
      goals: [{ milestone: { kind: 'retire', servers: [old], last: true } }],
    });
  });

  it('goes back where asked', () => {
    expect(decideAt(onTimeout('rollback'), deadlineMs, open, explained)).toMatchObject({
      kind: 'roll-back',
      cause: 'drain-timeout',
      exitCode: 4,
    });
  });
});

describe('a server that is empty at the deadline, and not for long enough', () => {
  const deadlineMs = sinceMs + 600_000;
  const emptySince = (emptySinceMs: number): DrainWatch => ({
    ...{ emptySinceMs, surveyedMs: emptySinceMs },
    verdict: { kind: 'settling', untilMs: emptySinceMs + 5_000 },
  });
  const held = draining({ sketch: { policy: { onTimeout: 'hold', settleMs: 5_000 } } });
  const at = (nowMs: number, watch: DrainWatch) =>
    decideAt(held, nowMs, watch, { counted, nextPollMs: nowMs + 1_000 });

  it('is watched until it has settled, and nobody is told that it does not drain', () => {
    const watch = emptySince(deadlineMs - 1_000);
    expect(at(deadlineMs, watch)).toEqual({ kind: 'wait', untilMs: deadlineMs + 1_000 });
    expect(at(deadlineMs + 4_000, watch)).toEqual({ kind: 'observe', directors: ['lb1'] });
    expect(at(deadlineMs + 4_000, quiet)).toMatchObject({ kind: 'declare-drained' });
  });

  it('is overdue when a connection comes, or when it was not empty before the deadline', () => {
    expect(at(deadlineMs + 2_000, open)).toMatchObject({ kind: 'explain' });
    expect(at(deadlineMs + 2_000, emptySince(deadlineMs + 1))).toMatchObject({ kind: 'explain' });
  });

  it('is overdue when its settling cannot be seen', () => {
    const watch = emptySince(deadlineMs - 1_000);
    const unsure: DrainWatch = { ...watch, verdict: { kind: 'needs-connections' } };
    expect(at(deadlineMs + 4_000, unsure)).toEqual({ kind: 'look' });
    expect(at(deadlineMs + 6_000, unsure)).toMatchObject({ kind: 'explain' });
  });

  it('is not explained early either', () => {
    expect(at(sinceMs + 60_000, emptySince(sinceMs + 58_000))).toMatchObject({ kind: 'wait' });
  });
});

describe('a long wait', () => {
  it('is explained after a minute, once, where the deadline is far', () => {
    const at = (nowMs: number, more: Partial<Observation> = {}) =>
      decideAt(draining(), nowMs, open, { counted, ...more });
    expect(at(sinceMs + 59_999)).toMatchObject({ kind: 'wait' });
    expect(at(sinceMs + 60_000)).toMatchObject({ kind: 'explain', waiting: [{ server: old }] });
    expect(at(sinceMs + 60_001, { explainedMs: sinceMs + 60_000 })).toMatchObject({ kind: 'wait' });
  });

  it('is explained at the deadline alone where that is less than two minutes away', () => {
    const within = (drainTimeoutMs: number) =>
      decideAt(draining({ sketch: { policy: { drainTimeoutMs } } }), sinceMs + 60_000, open, {
        counted,
      });
    expect(within(119_999)).toMatchObject({ kind: 'wait' });
    expect(within(120_000)).toMatchObject({ kind: 'explain' });
  });
});

describe('a server that settles', () => {
  const settling = (untilMs: number): DrainWatch => ({
    emptySinceMs: untilMs - 5_000,
    surveyedMs: untilMs - 5_000,
    verdict: { kind: 'settling', untilMs },
  });

  it('is listed when it has settled, for the removal that may follow', () => {
    expect(decideAt(draining(), 70_000, settling(70_000), { counted })).toEqual({
      kind: 'observe',
      directors: ['lb1'],
    });
  });

  it('is waited for, with a poll in between that is not just before it', () => {
    const at = (nextPollMs: number) =>
      decideAt(draining(), 69_000, settling(70_000), { counted, nextPollMs });
    expect(at(69_500)).toEqual({ kind: 'wait', untilMs: 69_500 });
    expect(at(69_000)).toEqual({ kind: 'sample' });
    expect(at(69_750)).toEqual({ kind: 'wait', untilMs: 70_000 });
  });
});
