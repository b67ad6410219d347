import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/rollout/decide/decide.ts';
import type { Observation } from '../../../../src/rollout/observe/observation.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  listedAt,
  oldKey,
  reachedOn,
  type StateSketch,
  seenOf,
  stateAfter,
} from '../../../support/engine-state.ts';

const step3 = reachedOn(['lb1'], { kind: 'step', step: 3 }, 15_000);
const turned = {
  type: 'rollback-started',
  cause: 'asked',
  reason: 'asked to',
  exitCode: 5,
} as const;
const onRamp: JournalBody = {
  ...turned,
  ramp: {
    schedule: [
      { atMs: 0, fraction: 0.25 },
      { atMs: 5_000, fraction: 0.1 },
      { atMs: 10_000, fraction: 0 },
    ],
    directors: [],
  },
};
const paused: JournalBody & { readonly atMs: number } = {
  type: 'paused',
  reason: 'asked to',
  atMs: 16_000,
};
const ended: JournalBody = { type: 'ended', outcome: 'held', exitCode: 4, message: 'held' };

const nowMs = 17_000;
const stateOf = (entries: readonly JournalBody[], sketch: StateSketch['sketch'] = {}) =>
  stateAfter([...step3, ...entries], { sketch });
const decided = (state: RolloutState, more: Partial<Observation>, atMs = nowMs) =>
  decide(state, seenOf({ lb1: listedAt(state, 'lb1', atMs) }, more), atMs);

describe('a request of another terminal', () => {
  const back = { kind: 'roll-back', cause: 'asked', reason: 'asked to', exitCode: 5 };
  const pace = { overMs: 20_000, everyMs: 5_000 };
  const ramping = stateOf([]);
  const resting = stateOf([paused]);
  const atOnce = stateOf([turned]);
  const walking = stateOf([onRamp]);

  it.each([
    ['pause', 'ramping', ramping, { kind: 'pause', reason: 'asked to' }],
    ['pause', 'walking back', walking, { kind: 'pause', reason: 'asked to' }],
    ['continue', 'paused', resting, { kind: 'continue', reason: 'asked to' }],
    ['rollback', 'ramping', ramping, back],
    ['rollback', 'paused', resting, back],
    // The ramp is cut short.
    ['rollback', 'walking back', walking, back],
  ] as const)('%s is done while %s', (kind, _, state, action) => {
    expect(decided(state, { control: { kind } })).toEqual(action);
  });

  it('says in its reason by whom and why, and has whoever asked in its entry', () => {
    const actor = { user: 'alice', host: 'lb1', reason: 'deploy 42 is broken' };
    const reason = 'asked to by alice on lb1: deploy 42 is broken';
    expect(decided(ramping, { control: { kind: 'pause', actor } })).toEqual({
      ...{ kind: 'pause', reason, actor },
    });
    expect(decided(resting, { control: { kind: 'continue', actor } })).toEqual({
      ...{ kind: 'continue', reason, actor },
    });
    expect(decided(ramping, { control: { kind: 'rollback', actor } })).toEqual({
      ...back,
      ...{ reason, actor },
    });
    expect(decided(ramping, { control: { kind: 'promote', actor } })).toMatchObject({
      ...{ kind: 'promote', actor },
      reason: expect.stringMatching(/; asked for by alice on lb1: deploy 42 is broken$/),
    });
  });

  it.each([
    ['pause', 'paused', resting],
    ['pause', 'put back at once', atOnce],
    ['continue', 'ramping', ramping],
    ['rollback', 'put back at once', atOnce],
  ] as const)('%s changes nothing while %s', (kind, _, state) => {
    expect(decided(state, { control: { kind } })).toEqual(decided(state, {}));
  });

  it('rolls back at the pace that it asks for, and not at another while it walks back', () => {
    const control = { kind: 'rollback', pace } as const;
    expect(decided(ramping, { control })).toEqual({ ...back, pace });
    expect(decided(walking, { control })).toEqual(decided(walking, {}));
  });

  it('comes too late once the rollout has ended', () => {
    const control = { kind: 'rollback' } as const;
    expect(decided(stateOf([ended]), { control })).toEqual({ kind: 'leave' });
  });
});

describe('a signal', () => {
  const policy = (onInterrupt: 'hold' | 'rollback') => ({ policy: { onInterrupt } });
  const once = { signal: 'sigint', again: false } as const;
  const again = { signal: 'sigterm', again: true } as const;

  it('holds where asked, once weights are on the scale of the table before', () => {
    const first = decided(stateOf([], policy('hold')), { stop: once });
    const goals = first.kind === 'reach' ? first.goals : [];
    expect(goals.map(({ milestone }) => milestone.kind)).toEqual(['base-scale']);
    const atBase = goals.flatMap(({ milestone }) => reachedOn(['lb1'], milestone));
    expect(decided(stateOf(atBase, policy('hold')), { stop: once })).toMatchObject({
      kind: 'end',
      outcome: 'held',
      exitCode: 130,
      message: expect.stringContaining('SIGINT'),
    });
  });

  it('that comes again holds without another edit', () => {
    expect(decided(stateOf([], policy('hold')), { stop: again })).toMatchObject({
      kind: 'end',
      outcome: 'held',
      exitCode: 143,
      message: expect.stringContaining('SIGTERM'),
    });
  });

  it.each([
    [{ signal: 'sigint', again: false }, 'sigint', 'SIGINT', 130],
    [{ signal: 'sigterm', again: false }, 'sigterm', 'SIGTERM', 143],
  ] as const)('rolls back where asked: %j', (stop, cause, reason, exitCode) => {
    expect(decided(stateOf([], policy('rollback')), { stop })).toEqual({
      kind: 'roll-back',
      cause,
      reason,
      exitCode,
    });
  });

  it('has its say at the deadline of a drain, which would hold the rollout', () => {
    const atMs = 60_000 + 600_000;
    const step = reachedOn(['lb1'], { kind: 'step', step: 12 }, 60_000);
    const sketch = policy('rollback');
    const watches = new Map([[oldKey, { verdict: { kind: 'draining', connections: 3 } as const }]]);
    const late = {
      watches,
      explainedMs: atMs,
      counted: { atMs, totals: new Map(), ended: new Map() },
    };
    const state = stateAfter(step, { sketch });
    expect(decided(state, { ...late, stop: once }, atMs)).toMatchObject({ kind: 'roll-back' });
    expect(decided(state, late, atMs)).toMatchObject({
      kind: 'reach',
      goals: [{ milestone: { kind: 'base-scale' } }],
    });
  });

  it('lets a rollback go on, unless it comes again or a hold is asked for', () => {
    const rollback = stateOf([turned], policy('rollback'));
    expect(decided(rollback, { stop: once })).toEqual(decided(rollback, {}));
    expect(decided(rollback, { stop: again })).toMatchObject({ kind: 'end', outcome: 'held' });
    const hold = stateOf([turned], policy('hold'));
    expect(decided(hold, { stop: once })).toMatchObject({
      kind: 'reach',
      goals: [{ milestone: { kind: 'base-scale' } }],
    });
  });
});

describe('a pause', () => {
  const state = stateOf([paused]);

  it('polls when it is time, and takes no step', () => {
    expect(decided(state, { nextPollMs: 18_000 }, 17_999)).toEqual({
      kind: 'wait',
      untilMs: 18_000,
    });
    expect(decided(state, { nextPollMs: 18_000 }, 18_000)).toEqual({ kind: 'sample' });
    expect(decided(state, { nextPollMs: 90_000 }, 60_000)).toMatchObject({ kind: 'wait' });
  });

  it('of a minute goes to the scale of the table before', () => {
    const nextPollMs = 100_000;
    expect(decided(state, { nextPollMs }, 75_999)).toEqual({ kind: 'wait', untilMs: nextPollMs });
    expect(decided(state, { nextPollMs }, 76_000)).toMatchObject({
      kind: 'reach',
      goals: [{ milestone: { kind: 'base-scale' }, directors: ['lb1'] }],
      dueMs: 76_000,
    });
  });
});

describe('a director that failed', () => {
  const failure = { kind: 'director', what: 'ssh ended', where: 'lb1', next: 'look' } as const;
  const troubled = (count: number, state = stateOf([]), atMs = nowMs) =>
    decide(
      state,
      seenOf({
        lb1: listedAt(state, 'lb1', atMs, {
          troubles: { listing: { count, retryAtMs: 18_000, failure } },
        }),
      }),
      atMs,
    );

  it('is tried again when it is time, twice', () => {
    expect(troubled(1)).toEqual({ kind: 'wait', untilMs: 18_000 });
    expect(troubled(2)).toEqual({ kind: 'wait', untilMs: 18_000 });
    expect(troubled(2, stateOf([]), 18_000)).not.toEqual({ kind: 'wait', untilMs: 18_000 });
    expect(troubled(3)).toMatchObject({ kind: 'end', outcome: 'held', exitCode: 7 });
  });

  it('gets no edit more, whatever the scale', () => {
    const held = troubled(3);
    expect(held).toMatchObject({ message: expect.stringContaining('ssh ended') });
  });
});

describe('a step that waits for an operator', () => {
  const ramp = { percentages: [0, 12.5, 100], stops: [{}, { manual: true }, {}] };
  const at = (step: number, ...more: readonly JournalBody[]) =>
    stateAfter([...reachedOn(['lb1'], { kind: 'step', step }), ...more], { sketch: { ramp } });
  const waiting = stateAfter([], { sketch: { ramp } }).plan.schedule.findIndex(
    ({ manual }) => manual,
  );

  it('pauses the rollout there, with its number and share, and nowhere else', () => {
    expect(decided(at(waiting), {})).toEqual({
      kind: 'pause',
      manualStep: waiting,
      reason: `step ${waiting} of ${at(0).plan.schedule.length - 1} (12.5 %) waits for somebody to continue it`,
    });
    expect(decided(at(waiting - 1), {})).not.toMatchObject({ kind: 'pause' });
  });

  it('does so once', () => {
    const letPass: readonly JournalBody[] = [
      { type: 'paused', reason: 'by the plan', manualStep: waiting },
      { type: 'continued', startAtMs: 0 },
    ];
    expect(decided(at(waiting, ...letPass), {})).not.toMatchObject({ kind: 'pause' });
  });

  it('has no say on the way back', () => {
    expect(decided(at(waiting, turned), {})).not.toMatchObject({ kind: 'pause' });
  });
});
