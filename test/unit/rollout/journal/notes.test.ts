import { describe, expect, it } from 'vitest';
import { noteOf } from '../../../../src/rollout/journal/note.ts';
import { resumeEntries } from '../../../../src/rollout/journal/resume.ts';
import { rollbackRampFrom } from '../../../../src/rollout/journal/rollback-ramp.ts';
import type { JournalBody } from '../../../../src/rollout/state/journal.ts';
import { drainingSince, other, reachedOn, stateAfter, web } from '../../../support/engine-state.ts';

const at = (step: number, ...entries: readonly (JournalBody & { readonly atMs?: number })[]) =>
  stateAfter([...reachedOn(['lb1'], { kind: 'step', step }), ...entries]);
const turned = { type: 'rollback-started', cause: 'asked', reason: 'r', exitCode: 5 } as const;
const paused = (manualStep?: number) =>
  ({
    type: 'paused',
    reason: 'r',
    atMs: 16_000,
    ...(manualStep === undefined ? {} : { manualStep }),
  }) as const;
const pace = { overMs: 20_000, everyMs: 5_000 };

describe('the note of an action', () => {
  const back = { kind: 'roll-back', cause: 'gate', reason: 'bad', exitCode: 5 } as const;

  it('of a rollback has its cause, and the ramp of its pace', () => {
    expect(noteOf(at(3), back, 17_000)).toEqual({
      entries: [{ type: 'rollback-started', cause: 'gate', reason: 'bad', exitCode: 5 }],
      events: [{ type: 'rollback-started', cause: 'gate', reason: 'bad' }],
    });
    const [entry] = noteOf(at(3), { ...back, pace }, 17_000).entries;
    const ramp = entry?.type === 'rollback-started' ? entry.ramp : undefined;
    expect(ramp?.schedule.map(({ atMs }) => atMs)).toEqual([0, 5_000, 10_000, 15_000, 20_000]);
    expect(ramp?.schedule.at(0)?.fraction).toBe(0.25);
    expect(ramp?.schedule.at(-1)?.fraction).toBe(0);
    const [unmoved] = noteOf(stateAfter([]), { ...back, pace }, 0).entries;
    expect(unmoved).not.toHaveProperty('ramp');
  });

  it('of a director has its name', () => {
    expect(noteOf(at(3), { kind: 'lose', director: 'lb1', reason: 'away' }, 0)).toMatchObject({
      entries: [{ type: 'director-lost', director: 'lb1', reason: 'away' }],
      events: [{ code: 'director-lost' }],
    });
    expect(noteOf(at(3), { kind: 'reset', director: 'lb1' }, 0)).toMatchObject({
      entries: [{ type: 'director-reset', director: 'lb1' }],
      events: [{ code: 'director-reset' }],
    });
    expect(noteOf(at(3), { kind: 'regain', director: 'lb1' }, 0)).toMatchObject({
      entries: [{ type: 'director-regained', director: 'lb1' }],
      events: [{ code: 'director-regained' }],
    });
  });

  it('of a bystander has the weight that was found', () => {
    const where = { director: 'lb1', service: web, server: other };
    const drift = { kind: 'bystander', ...where, expected: 12, found: 7 } as const;
    expect(noteOf(at(3), { kind: 'note-bystander', drift }, 0)).toMatchObject({
      entries: [
        { type: 'bystander-changed', director: 'lb1', service: web, server: other, weight: 7 },
      ],
      events: [{ code: 'bystander-changed' }],
    });
  });

  it('of a pause has its step, and of its end', () => {
    expect(noteOf(at(3), { kind: 'pause', reason: 'r', manualStep: 3 }, 0)).toEqual({
      entries: [{ type: 'paused', reason: 'r', manualStep: 3 }],
      events: [{ type: 'paused', reason: 'r' }],
    });
    expect(noteOf(at(3), { kind: 'pause', reason: 'r' }, 0).entries).toEqual([
      { type: 'paused', reason: 'r' },
    ]);
    const action = { kind: 'end', outcome: 'held', exitCode: 4, message: 'm' } as const;
    expect(noteOf(at(3), action, 0).entries).toEqual([
      { type: 'ended', outcome: 'held', exitCode: 4, message: 'm' },
    ]);
  });

  // The ramp began at 0 and was paused at 16 s; step 4 was due at 20 s.
  it.each([
    ['a pause makes the rest as much later', at(3, paused()), 30_000, 14_000],
    [
      'a manual step whose time is over makes the next one due now',
      at(3, paused(3)),
      30_000,
      10_000,
    ],
    ['a manual step whose time is not over changes nothing', at(3, paused(3)), 19_000, 0],
    [
      'a manual step at the end is a pause',
      stateAfter([...reachedOn(['lb1'], { kind: 'step', step: 12 }), paused(12)]),
      30_000,
      14_000,
    ],
  ])('continuing after %s', (_, state, nowMs, startAtMs) => {
    expect(noteOf(state, { kind: 'continue', reason: 'asked to' }, nowMs)).toEqual({
      entries: [{ type: 'continued', startAtMs }],
      events: [{ type: 'continued', reason: 'asked to', cause: 'asked' }],
    });
  });
});

describe('a resume', () => {
  const entries = (state: ReturnType<typeof at>, back?: Parameters<typeof resumeEntries>[1]) =>
    resumeEntries(state, back ?? 'forward', 100_000).map(({ entry, event }) => [entry, event]);

  it('goes on as if the step in force had just been reached, and says how much later that is', () => {
    expect(entries(at(3))).toEqual([
      [
        { v: 1, atMs: 100_000, type: 'resumed', startAtMs: 85_000 },
        {
          ...{ type: 'continued', cause: 'resumed' },
          reason: 'resumed at step 3 of 12; the rest of the ramp is 1m25s later than planned',
        },
      ],
    ]);
    expect(entries(stateAfter([]))[0]?.[0]).toMatchObject({ startAtMs: 100_000 });
  });

  it.each([
    ['draining', drainingSince(60_000), 'resumed: waiting for the old servers to become empty'],
    ['on the way back', at(3, turned), 'resumed: its rollback goes on'],
  ])('of a rollout that is %s says so', (_, state, reason) => {
    expect(entries(state)[0]?.[1]).toMatchObject({ reason });
    expect(entries(state)[0]?.[0]).toMatchObject({ startAtMs: 100_000 });
  });

  it('that rolls back is a success when it is back', () => {
    const [resumed, atOnce] = entries(at(3), { back: 'at-once' });
    expect(resumed?.[1]).toEqual({
      ...{ type: 'continued', cause: 'resumed' },
      reason: 'resumed by the process that rolls it back',
    });
    expect(atOnce).toEqual([
      {
        ...{ v: 1, atMs: 100_000, type: 'rollback-started' },
        ...{ cause: 'asked', reason: 'asked to', exitCode: 0 },
      },
      { type: 'rollback-started', cause: 'asked', reason: 'asked to' },
    ]);
    const [, onRamp] = entries(at(3), { back: pace });
    expect(onRamp?.[0]).toMatchObject({ exitCode: 0, ramp: { schedule: { length: 5 } } });
  });
});

describe('the ramp of a rollback', () => {
  it('goes from the shares in force to those before the first step, on a scale as fine as its steps', () => {
    const ramp = rollbackRampFrom(at(3), pace);
    const [service] = ramp?.directors[0]?.services ?? [];
    expect(service?.service).toBe(web);
    expect(service?.steps.at(0)).toEqual([18, 6, 24]);
    expect(service?.steps.at(-1)).toEqual([24, 0, 24]);
  });

  it('is none where nothing has moved, or a rollback is under way', () => {
    expect(rollbackRampFrom(stateAfter([]), pace)).toBeUndefined();
    const back = at(3, turned, ...reachedOn(['lb1'], { kind: 'rollback' }));
    expect(rollbackRampFrom(back, pace)).toBeUndefined();
    const ramp = rollbackRampFrom(at(3), pace);
    expect(ramp && rollbackRampFrom(at(3, { ...turned, ramp }), pace)).toBeUndefined();
  });
});
