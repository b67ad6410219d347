import { describe, expect, it } from 'vitest';
import type { ServiceSample } from '../../../../src/domain/ipvs/ipvs.ts';
import { awaitLost, decideLost } from '../../../../src/rollout/decide/lost-directors.ts';
import type { LiveDirector } from '../../../../src/rollout/observe/observation.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  fresh,
  listedAt,
  old,
  other,
  reachedOn,
  type StateSketch,
  seenOf,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';

const directors = ['lb1', 'lb2'];
const nowMs = 40_000;
const away: JournalBody = { type: 'director-lost', director: 'lb2', reason: 'away' };
const turned = { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 } as const;
const onRamp: JournalBody = {
  ...turned,
  ramp: {
    schedule: [0, 5, 10].map((s) => ({ atMs: s * 1_000, fraction: 0.3 - s / 40 })),
    directors: directors.map((director) => ({
      director,
      services: [
        {
          service: web,
          steps: [
            [80, 20, 100],
            [90, 10, 100],
            [100, 0, 100],
          ],
        },
      ],
    })),
  },
};
const rampStep = (step: number) => ({ kind: 'rollback-step', step }) as const;

/** lb2 is lost at this step, and lb1 goes on. */
const lostAt = (
  step: number,
  after: readonly JournalBody[],
  more: StateSketch = {},
): RolloutState =>
  stateAfter([...(step < 0 ? [] : reachedOn(directors, { kind: 'step', step })), away, ...after], {
    directors,
    ...more,
  });
const lb1At = (step: number) => reachedOn(['lb1'], { kind: 'step', step });

/** The table of a director with these weights. */
const tableOf = (state: RolloutState, weights: Record<string, number>): Partial<LiveDirector> => {
  const { table } = listedAt(state, 'lb2', nowMs);
  const counts = { activeConn: 0, inActConn: 0, persistConn: 0 };
  const servers = new Map(
    Object.entries(weights).map(([key, weight]) => [key, { weight, ...counts }]),
  ) as unknown as ServiceSample['servers'];
  const services = new Map([[web, { service: web, scheduler: 'wrr', servers }]]);
  return {
    ...(table ? { table: { ...table, snapshot: { ...table.snapshot, samples: services } } } : {}),
    sample: { atMs: nowMs, services },
  };
};
const answering = (state: RolloutState, more: Partial<LiveDirector> = {}, listedMs = nowMs) =>
  decideLost(state, seenOf({ lb2: listedAt(state, 'lb2', listedMs, more) }), nowMs);
const reaches = (milestone: object) => ({
  kind: 'reach',
  goals: [{ milestone, directors: ['lb2'] }],
  dueMs: nowMs,
});
const probes = { kind: 'probe', directors: ['lb2'] };

describe('a lost director that answers again', () => {
  it('is brought to the step of the others, from a table just listed', () => {
    const state = lostAt(3, lb1At(6));
    expect(answering(state)).toEqual(reaches({ kind: 'step', step: 6 }));
    expect(answering(state, {}, nowMs - 301)).toEqual({ kind: 'observe', directors: ['lb2'] });
  });

  it('counts again where it is as far as the others', () => {
    expect(answering(lostAt(3, []))).toEqual({ kind: 'regain', director: 'lb2' });
    expect(answering(lostAt(-1, []))).toEqual({ kind: 'regain', director: 'lb2' });
  });

  it('is brought to weight 0 while the others drain', () => {
    const state = lostAt(3, lb1At(12));
    expect(answering(state)).toEqual(reaches({ kind: 'step', step: 12 }));
    expect(answering(lostAt(12, []))).toEqual({ kind: 'regain', director: 'lb2' });
  });

  it('is not believed while the question is open, or where the answer was a failure', () => {
    const state = lostAt(3, lb1At(6));
    const trouble = { count: 1, retryAtMs: 0, failure: {} as never };
    expect(answering(state, { probe: 'under-way' })).toBeUndefined();
    expect(answering(state, { troubles: { listing: trouble } })).toEqual(probes);
    expect(answering(state, { troubles: { edit: trouble } })).toEqual(probes);
    const { table: _, ...unlisted } = listedAt(state, 'lb2', nowMs);
    expect(decideLost(state, seenOf({ lb2: unlisted }), nowMs)).toEqual(probes);
  });

  it('begins anew where it has the table from before', () => {
    const state = lostAt(3, lb1At(6));
    const before = tableOf(state, { [old]: 100, [other]: 100 });
    expect(answering(state, before)).toEqual({ kind: 'reset', director: 'lb2' });
  });

  it('holds the rollout with exit 6 where somebody has changed it', () => {
    const state = lostAt(3, lb1At(6));
    const changed = tableOf(state, { [old]: 1, [fresh]: 25, [other]: 100 });
    expect(answering(state, changed)).toMatchObject({
      kind: 'end',
      outcome: 'held',
      exitCode: 6,
      drift: { kind: 'conflict', director: 'lb2', found: `${old} weight 1` },
    });
  });
});

describe('a lost director that answers in a rollback', () => {
  it('takes part in it while the others are not back either', () => {
    expect(answering(lostAt(3, [turned]))).toEqual({ kind: 'regain', director: 'lb2' });
  });

  it('is put back alone where they are, and then counts', () => {
    const back = lostAt(3, [turned, ...reachedOn(['lb1'], { kind: 'rollback' })]);
    expect(answering(back)).toEqual(reaches({ kind: 'rollback' }));
    const both = lostAt(3, [turned, ...reachedOn(directors, { kind: 'rollback' })]);
    expect(answering(both)).toEqual({ kind: 'regain', director: 'lb2' });
  });

  it('is brought to their step of the ramp', () => {
    const state = lostAt(3, [onRamp, ...reachedOn(['lb1'], rampStep(1))]);
    expect(answering(state)).toEqual(reaches({ kind: 'rollback-step', step: 1 }));
    const both = lostAt(3, [onRamp, ...reachedOn(directors, rampStep(1))]);
    expect(answering(both)).toEqual({ kind: 'regain', director: 'lb2' });
  });
});

describe('a lost director that does not answer', () => {
  const waits = (state: RolloutState, atMs: number, nextPollMs = Number.POSITIVE_INFINITY) =>
    awaitLost(state, seenOf({}, { nextPollMs }), atMs, 100_000);
  const drained = lostAt(3, lb1At(12));
  const back = lostAt(3, [turned, ...reachedOn(['lb1'], { kind: 'rollback' })]);

  it('is waited for until the deadline of the drain, with polls, and holds then with exit 7', () => {
    expect(waits(drained, 99_999)).toEqual({ kind: 'wait', untilMs: 100_000 });
    expect(waits(drained, 99_000, 99_500)).toEqual({ kind: 'wait', untilMs: 99_500 });
    expect(waits(drained, 99_500, 99_500)).toEqual({ kind: 'sample' });
    expect(waits(drained, 100_000)).toMatchObject({ kind: 'end', outcome: 'held', exitCode: 7 });
  });

  it('is waited for a minute in a rollback, and not beyond the deadline', () => {
    expect(waits(back, 59_999)).toEqual({ kind: 'wait', untilMs: 60_000 });
    expect(waits(back, 60_000)).toMatchObject({ kind: 'end', outcome: 'held', exitCode: 7 });
    expect(awaitLost(back, seenOf({}), 30_000, 30_000)).toMatchObject({ outcome: 'held' });
  });

  it('is nothing to wait for where none is lost', () => {
    expect(waits(stateAfter([]), 0)).toBeUndefined();
  });
});
