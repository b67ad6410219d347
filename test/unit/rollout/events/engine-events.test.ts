import { describe, expect, it } from 'vitest';
import {
  bystanderWarning,
  drainedEvents,
  endEvents,
  lostWarning,
  milestoneEvents,
  quiescedEvents,
  sampleEvents,
  stepTakenEvents,
} from '../../../../src/rollout/events/engine-events.ts';
import type { Milestone } from '../../../../src/rollout/state/director-state.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import { rampProgressOf } from '../../../../src/rollout/state/ramp-progress.ts';
import { directorPlan, type RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import {
  drainingSince,
  fresh,
  listedAt,
  old,
  oldKey,
  other,
  reachedOn,
  stateAfter,
  web,
} from '../../../support/engine-state.ts';

const at = (step: number, ...entries: readonly JournalBody[]) =>
  stateAfter([...reachedOn(['lb1'], { kind: 'step', step }), ...entries]);
const timing = { lateMs: 3, applyMs: 40 };
const turned: JournalBody = {
  ...{ type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 },
  ramp: {
    schedule: [
      { atMs: 0, fraction: 0.25 },
      { atMs: 5_000, fraction: 0 },
    ],
    directors: [
      {
        director: 'lb1',
        services: [
          {
            service: web,
            steps: [
              [9, 3, 12],
              [12, 0, 12],
            ],
          },
        ],
      },
    ],
  },
};
const events = (state: RolloutState, milestone: Milestone, nowMs = 70_000) =>
  milestoneEvents(state, directorPlan(state, 'lb1'), milestone, timing, nowMs);

describe('the events of what is reached', () => {
  it('are a step with its weights, its share and its time', () => {
    expect(events(at(3), { kind: 'step', step: 3 })).toEqual([
      {
        ...{ type: 'step-applied', director: 'lb1', service: web, step: 3, of: 12 },
        weights: { [old]: 9, [fresh]: 3, [other]: 12 },
        ...{ movedFraction: 0.25, lateMs: 3, applyMs: 40 },
      },
    ]);
  });

  it('are a step of the way back', () => {
    const milestone: Milestone = { kind: 'rollback-step', step: 1 };
    const back = at(3, turned, { type: 'reached', director: 'lb1', milestone });
    expect(events(back, milestone)).toMatchObject([
      { step: 1, of: 1, movedFraction: 0, weights: { [old]: 12, [fresh]: 0 } },
    ]);
  });

  it('are removals, with how long each took', () => {
    const milestone: Milestone = { kind: 'retire', service: web, servers: [old], last: true };
    expect(events(drainingSince(60_000), milestone)).toEqual([
      { type: 'removed', director: 'lb1', service: web, server: old, afterMs: 10_000 },
    ]);
    expect(events(at(3), milestone)).toMatchObject([{ afterMs: 0 }]);
  });

  it('are the weights of a hold', () => {
    const services = [{ service: web, weights: [75, 25, 100] }];
    expect(events(at(3), { kind: 'base-scale', services })).toMatchObject([
      {
        ...{ type: 'warning', code: 'base-scale', service: web },
        message: expect.stringMatching(
          /^its weights on lb1 .* same shares: 10\.0\.0\.1:80 75, 10\.0\.0\.2:80 25, 10\.0\.0\.3:80 100$/,
        ),
      },
    ]);
  });

  it('are none for a rollback at once', () => {
    expect(events(at(3), { kind: 'rollback' })).toEqual([]);
  });
});

describe('the samples that are told', () => {
  it('are those of old and new servers that are there', () => {
    const state = at(3);
    const samples = listedAt(state, 'lb1', 1).sample?.services;
    const servers = new Map(samples?.get(web)?.servers);
    servers.set(old, { weight: 9, activeConn: 1, inActConn: 2, persistConn: 3 });
    servers.delete(fresh);
    const sampled = new Map([[web, { service: web, scheduler: 'wrr', servers }]]);
    expect(sampleEvents(directorPlan(state, 'lb1'), sampled)).toEqual([
      {
        ...{ type: 'sampled', director: 'lb1', service: web, server: old },
        ...{ activeConn: 1, inActConn: 2, persistConn: 3, weight: 9 },
      },
    ]);
    expect(sampleEvents(directorPlan(state, 'lb1'), new Map())).toEqual([]);
  });
});

describe('servers at weight 0', () => {
  const quiesced = { type: 'quiesced', director: 'lb1', service: web, server: old };
  const back = (isBack: boolean) =>
    at(
      3,
      { ...turned, ramp: undefined } as never,
      ...(isBack ? [...reachedOn(['lb1'], { kind: 'rollback' })] : []),
    );

  it('are told when the last step is reached, and not before or again', () => {
    expect(quiescedEvents(at(11), drainingSince(0))).toEqual([quiesced]);
    expect(quiescedEvents(at(10), at(11))).toEqual([]);
    expect(quiescedEvents(drainingSince(0), drainingSince(0))).toEqual([]);
  });

  it('are the new ones once the weights from before are back', () => {
    expect(quiescedEvents(back(false), back(true))).toEqual([{ ...quiesced, server: fresh }]);
    expect(quiescedEvents(at(3), back(false))).toEqual([]);
  });

  it('are told as empty with the time that this took', () => {
    const state = drainingSince(60_000);
    const drained = { ...quiesced, type: 'drained', afterMs: 5_000 };
    expect(drainedEvents(state, [oldKey], 65_000)).toEqual([drained]);
    expect(drainedEvents(state, [], 65_000)).toEqual([]);
  });
});

describe('a step that is taken', () => {
  const taken = (standing: number, step: number, shiftMs?: number, milestone?: Milestone) =>
    stepTakenEvents({
      progress: rampProgressOf(at(3)),
      standing,
      milestone: milestone ?? { kind: 'step', step },
      passed: [],
      shiftMs,
    }).map((event) => ('code' in event ? `${event.code}: ${event.message}` : event.type));

  it('says which steps it skips', () => {
    expect(taken(3, 4)).toEqual([]);
    expect(taken(-1, 4)).toEqual([]);
    expect(taken(0, 2)).toEqual([expect.stringMatching(/^step-skipped: step 1 of 12 skipped/)]);
    expect(taken(3, 5)).toEqual([
      'step-skipped: step 4 of 12 skipped: the time of step 5 had come before it could be applied',
    ]);
    expect(taken(3, 6)).toEqual([
      'step-skipped: steps 4 to 5 of 12 skipped: the time of step 6 had come before they could be applied',
    ]);
  });

  it('says by how much the rest is later, in whole seconds, at least one', () => {
    expect(taken(3, 4, 16_400)).toEqual([
      expect.stringMatching(/^ramp-shifted: steps are 16s late/),
    ]);
    expect(taken(3, 4, 300)).toEqual([expect.stringMatching(/^ramp-shifted: steps are 1s late/)]);
    expect(taken(0, 1, 16_400)).toHaveLength(1);
    expect(taken(-1, 0, 16_400)).toEqual([]);
  });

  it('names the gates that let it pass, but none on the way back', () => {
    const passed = [
      {
        gate: { gate: 'errors', gateKind: 'prometheus', server: undefined },
        ...{ detail: '0 %', verdict: 'passed', streak: 1 },
      },
    ];
    const ofKind = (milestone: Milestone) =>
      stepTakenEvents({
        ...{ progress: rampProgressOf(at(3)), standing: 3, milestone },
        passed: passed as never,
      });
    expect(ofKind({ kind: 'step', step: 4 })).toEqual([
      {
        ...{ type: 'gate-passed', gate: 'errors', gateKind: 'prometheus', server: undefined },
        ...{ step: 4, detail: '0 %' },
      },
    ]);
    expect(ofKind({ kind: 'rollback-step', step: 4 })).toEqual([]);
    expect(ofKind({ kind: 'rollback' })).toEqual([]);
  });
});

describe('the last events', () => {
  const end = (outcome: 'done' | 'held' | 'rolled-back') =>
    endEvents({ kind: 'end', outcome, exitCode: 4, message: 'm' });
  const finished = { type: 'finished', exitCode: 4, message: 'm' };

  it('are those of the outcome', () => {
    expect(end('done')).toEqual([{ ...finished, outcome: 'done' }]);
    expect(end('held')).toEqual([
      { type: 'held', reason: 'm' },
      { ...finished, outcome: 'held' },
    ]);
    expect(end('rolled-back')).toEqual([
      { type: 'rolled-back', reason: 'm' },
      { ...finished, outcome: 'rolled-back' },
    ]);
  });

  it('begin with the drift where there is one', () => {
    const drift = {
      kind: 'conflict',
      director: 'lb1',
      service: web,
      expected: 'a',
      found: 'b',
    } as const;
    const action = { kind: 'end', outcome: 'held', exitCode: 6, message: 'm', drift } as const;
    expect(endEvents(action)[0]).toEqual({
      ...{ type: 'drift-detected', director: 'lb1', service: web, expected: 'a', found: 'b' },
    });
  });
});

describe('a warning', () => {
  it.each([
    [null, 5, `${other} on lb1 was not there and has weight 5 now`],
    [7, null, `${other} on lb1 had weight 7 and has gone now`],
    [7, 5, `${other} on lb1 had weight 7 and has weight 5 now`],
  ])('of a bystander that had %s and has %s says so', (expected, found, words) => {
    const drift = { kind: 'bystander', director: 'lb1', service: web, server: other } as const;
    expect(bystanderWarning({ ...drift, expected, found })).toMatchObject({
      ...{ code: 'bystander-changed', service: web },
      message: `${words}: somebody else's edit, left as it is`,
    });
  });

  it('of a lost director counts those that are left', () => {
    const state = stateAfter([], { directors: ['lb1', 'lb2', 'lb3'] });
    expect(lostWarning(state, 'lb2', 'ssh ended')).toMatchObject({
      code: 'director-lost',
      message: expect.stringContaining(
        'lb2 cannot be reached (ssh ended); 2 of 3 directors are left',
      ),
    });
  });
});
