import { describe, expect, it } from 'vitest';
import {
  conflictMessage,
  doneMessage,
  gateFailedReason,
  gateHeldMessage,
  interruptedMessage,
  lostMessage,
  rolledBackMessage,
  timeoutMessage,
  troubleMessage,
  unwrittenEnd,
} from '../../../../src/rollout/events/end-messages.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import type { RolloutState } from '../../../../src/rollout/state/rollout-state.ts';
import { drainingSince, old, reachedOn, stateAfter, web } from '../../../support/engine-state.ts';

const directors = ['lb1', 'lb2'];
const at = (step: number, entries: readonly JournalBody[] = [], more = {}) =>
  stateAfter([...reachedOn(['lb1'], { kind: 'step', step }), ...entries], more);
const turned = (cause: 'gate' | 'asked' = 'asked'): JournalBody => ({
  ...{ type: 'rollback-started', cause, reason: 'errors rise', exitCode: 5 },
});
const back: readonly JournalBody[] = [turned(), ...reachedOn(['lb1'], { kind: 'rollback' })];
const drained: JournalBody = { type: 'drained', service: web, server: old };
const keep = { sketch: { policy: { keep: true } } };
const maintenance = (state: RolloutState, from: string[], to: string[]): RolloutState => ({
  ...state,
  plan: { ...state.plan, from, to },
});
const failure = { kind: 'director', what: 'disk full', next: 'make room' } as const;
const trouble = { count: 3, failure, retryAtMs: 0 };

describe('where a rollout stands', () => {
  it.each([
    [stateAfter([]), 'before the first step'],
    [at(3), 'at step 3 of 12'],
    [drainingSince(0), 'after the ramp, with 10.0.0.1:80 at weight 0'],
    [at(3, [turned()]), 'on the way back'],
    [at(3, back), 'after going back, with the added servers at weight 0'],
  ])('%#: is said of each that stops', (state, where) => {
    expect(interruptedMessage(state, 'SIGINT')).toBe(`SIGINT: held ${where}`);
    expect(gateHeldMessage(state, 'bad')).toBe(`bad; held ${where}`);
    expect(troubleMessage(state, 'lb1', trouble)).toBe(
      `director lb1 failed 3 times: disk full (make room); held ${where}`,
    );
  });

  it('names somebody else and what was expected', () => {
    const drift = {
      kind: 'conflict',
      director: 'lb1',
      service: web,
      expected: 'a',
      found: 'b',
    } as const;
    expect(conflictMessage(at(3), drift)).toBe(
      `somebody else changed ${web} on lb1: expected a, found b; held at step 3 of 12, nothing overwritten`,
    );
  });

  it('leaves out advice that is commands, for whoever reads it is elsewhere', () => {
    const next = [{ command: ['drain', 'doctor'] }] as never;
    expect(troubleMessage(at(3), 'lb1', { ...trouble, failure: { ...failure, next } })).toBe(
      'director lb1 failed 3 times: disk full; held at step 3 of 12',
    );
  });
});

describe('directors that are elsewhere', () => {
  const lost: JournalBody = { type: 'director-lost', director: 'lb2', reason: 'away' };
  const words = (entries: readonly JournalBody[]) =>
    interruptedMessage(at(3, entries, { directors }), 'SIGINT').replace(/^SIGINT: held /, '');
  const lb2 = (step: number) => reachedOn(['lb2'], { kind: 'step', step });
  const intended = (step: number): JournalBody => ({
    ...{ type: 'intended', director: 'lb2', milestone: { kind: 'step', step } },
  });

  it.each([
    [lb2(3), 'at step 3 of 12'],
    [lb2(4), 'at step 3 of 12 (lb2: at step 4 of 12)'],
    [[...lb2(3), intended(4)], 'at step 3 of 12 (lb2: at step 3 or 4 of 12)'],
    [[...lb2(3), intended(3)], 'at step 3 of 12 (lb2: at step 3 of 12)'],
    [
      [intended(0)],
      'before the first step (lb1: at step 3 of 12; lb2: before the first step, or at step 0)',
    ],
    [[lost], 'at step 3 of 12 (lb2: lost before the first step)'],
    [[...lb2(2), lost], 'at step 3 of 12 (lb2: lost at step 2 of 12)'],
    [
      [...lb2(3), turned(), ...reachedOn(['lb1'], { kind: 'rollback' })],
      'on the way back (lb2: at step 3 of 12)',
    ],
    [
      [...lb2(3), lost, turned(), ...reachedOn(['lb2'], { kind: 'rollback' })],
      'on the way back (lb1: at step 3 of 12; lb2: lost with the table from before)',
    ],
  ] as const)('%#: are named', (entries, where) => {
    expect(words(entries)).toBe(where);
  });

  it('that never came back are to be seen to', () => {
    const forward = stateAfter([...reachedOn(directors, { kind: 'step', step: 12 }), lost], {
      directors,
    });
    expect(lostMessage(forward)).toBe(
      'lb2 cannot be reached (lb2: lost at step 12 of 12); done everywhere else: 10.0.0.1:80 removed; resume when it is back',
    );
    const two = at(3, [...lb2(3), lost, ...back], { directors });
    expect(lostMessage(two)).toBe(
      'lb2 cannot be reached (lb2: lost at step 3 of 12); rolled back everywhere else: 10.0.0.1:80 has the weight from before the rollout; roll back again when it is back',
    );
    const kept = stateAfter([...reachedOn(directors, { kind: 'step', step: 12 }), lost], {
      directors,
      ...keep,
    });
    expect(lostMessage(kept)).toContain('10.0.0.1:80 kept at weight 0; resume');
  });
});

describe('the end of a rollout', () => {
  const end = (entries: readonly JournalBody[], more = {}) => at(12, entries, more);

  it('says what became of the old servers', () => {
    expect(doneMessage(end([drained]))).toBe(
      '10.0.0.1:80 drained and removed; 10.0.0.2:80 has the traffic',
    );
    expect(doneMessage(end([drained], keep))).toBe(
      '10.0.0.1:80 drained and kept at weight 0; 10.0.0.2:80 has the traffic',
    );
    expect(doneMessage(end([]))).toBe(
      '10.0.0.1:80 removed at the drain deadline, not empty; 10.0.0.2:80 has the traffic',
    );
  });

  it('of maintenance says who is in or out', () => {
    expect(doneMessage(maintenance(end([drained], keep), [old], []))).toBe(
      '10.0.0.1:80 drained and kept at weight 0, out of service',
    );
    expect(doneMessage(maintenance(end([drained]), [old], []))).toBe(
      '10.0.0.1:80 drained and removed',
    );
    expect(doneMessage(maintenance(end([]), [], ['a:80']))).toBe(
      'a:80 is in service again, with its full weight',
    );
    expect(doneMessage(maintenance(end([]), [], ['a:80', 'b:80']))).toBe(
      'a:80, b:80 are in service again, with their full weight',
    );
  });

  it('that went back says why only where nobody asked', () => {
    const weights = 'rolled back: 10.0.0.1:80 has the weight from before the rollout';
    expect(rolledBackMessage(at(3, [turned()]))).toBe(weights);
    expect(rolledBackMessage(at(3, [turned('gate')]))).toBe(`errors rise; ${weights}`);
    expect(rolledBackMessage(maintenance(at(3, [turned()]), ['a:80', 'b:80'], ['c:80']))).toBe(
      'rolled back: a:80, b:80 have the weight from before the rollout',
    );
    expect(rolledBackMessage(maintenance(at(3, [turned()]), [], ['a:80']))).toBe(
      'rolled back: a:80 is out of service again, with the weight from before',
    );
  });

  it('at the deadline names who is not empty', () => {
    const waiting = [{ server: old, connections: 3 }];
    expect(timeoutMessage(drainingSince(0), waiting)).toBe(
      'not empty after 10m: 10.0.0.1:80 (3 connections); at weight 0, every new connection goes elsewhere',
    );
    expect(timeoutMessage(at(3, back), waiting)).toBe(
      'rolled back, but not empty after 10m: 10.0.0.1:80 (3 connections); left in the table at weight 0',
    );
  });

  it('for a gate says before which step', () => {
    const gate = { gate: { gate: 'errors', gateKind: 'prometheus' }, detail: '5 %' } as never;
    const context = { step: 4, of: 12, movedFraction: 0.25 } as never;
    expect(gateFailedReason(context, gate)).toMatch(/errors failed before step 4 of 12: 5 %$/);
    expect(gateFailedReason({ ...(context as object), movedFraction: 1 } as never, gate)).toMatch(
      /errors failed after the last step: 5 %$/,
    );
  });

  it('for a journal that cannot be written says whether the edit was made', () => {
    expect(unwrittenEnd(at(3), true, failure)).toEqual({
      ...{ outcome: 'held', exitCode: 7 },
      message:
        'the journal cannot be written: disk full (make room); held at step 3 of 12, with the edit after it made',
    });
    expect(unwrittenEnd(at(3), false, { ...failure, kind: 'conflict' })).toEqual({
      ...{ outcome: 'failed', exitCode: 6 },
      message:
        'disk full (make room); this process has stopped at step 3 of 12, and the next change was not made',
    });
  });
});
