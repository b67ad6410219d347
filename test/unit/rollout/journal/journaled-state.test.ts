import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../../../src/domain/events/event.ts';
import { fail, ok } from '../../../../src/domain/failure.ts';
import { JournaledState } from '../../../../src/rollout/journal/journaled-state.ts';
import type { JournalEntry } from '../../../../src/rollout/state/journal.ts';
import { reachedOn, stateAfter } from '../../../support/engine-state.ts';

const step = (n: number) => ({ kind: 'step', step: n }) as const;
const both = ['lb1', 'lb2'];

/** A rollout of two directors at its step 3; the journal takes entries until `full`. */
function journaled() {
  const written: JournalEntry[] = [];
  const events: EventBody[] = [];
  const disk = { full: false };
  const journal = {
    async append(...entries: readonly JournalEntry[]) {
      if (disk.full) return fail({ kind: 'director', what: 'the disk is full' } as const);
      written.push(...entries);
      return ok(undefined);
    },
  };
  const clock = { nowMs: () => 5_000, sleepUntil: async () => {} };
  const deps = { journal, clock, emit: (event: EventBody) => void events.push(event) };
  const state = stateAfter(reachedOn(both, step(3)), { directors: both });
  return { journaled: new JournaledState(deps, state), before: state, written, events, disk };
}

describe('an entry', () => {
  it('is in force when it is written, with its version and time', async () => {
    const { journaled: one, written, events } = journaled();
    expect(
      await one.record(
        { type: 'reached', director: 'lb1', milestone: step(4) },
        {
          type: 'paused',
          reason: 'asked to',
        },
      ),
    ).toBe(true);
    expect(written).toEqual([
      { v: 1, atMs: 5_000, type: 'reached', director: 'lb1', milestone: step(4) },
      { v: 1, atMs: 5_000, type: 'paused', reason: 'asked to' },
    ]);
    expect(one.current().directors.get('lb1')?.step).toBe(4);
    expect(one.current().pausedAtMs).toBe(5_000);
    expect(events).toEqual([]);
  });

  it('that cannot be written changes nothing but that the rollout has ended, and says so', async () => {
    const { journaled: one, before, events, disk } = journaled();
    disk.full = true;
    expect(await one.record({ type: 'paused', reason: 'asked to' })).toBe(false);
    const { end, ...rest } = one.current();
    expect(rest).toEqual(before);
    expect(end).toMatchObject({ outcome: 'held', exitCode: 7 });
    expect(end?.message).toContain('the disk is full');
    expect(events).toEqual([
      { type: 'held', reason: end?.message },
      { type: 'finished', ...end },
    ]);
  });

  it('of an edit that was made is told as one, where it cannot be written', async () => {
    const messageOf = async (type: 'reached' | 'intended') => {
      const { journaled: one, disk } = journaled();
      disk.full = true;
      await one.record({ type, director: 'lb1', milestone: step(4) });
      return one.current().end?.message;
    };
    expect(await messageOf('reached')).not.toBe(await messageOf('intended'));
  });

  it('is told of once, however many could not be written with it', async () => {
    const { journaled: one, events, disk } = journaled();
    disk.full = true;
    const paused = { type: 'paused', reason: 'asked to' } as const;
    await one.record(paused, paused);
    expect(events.filter(({ type }) => type === 'finished')).toHaveLength(1);
  });
});

describe('an intent', () => {
  const intended = (director: string, n: number) => ({
    ...{ v: 1, atMs: 5_000, type: 'intended', director, milestone: step(n) },
  });

  it('is written for each director before its first edit, and once', async () => {
    const { journaled: one, written } = journaled();
    expect(await one.intend([{ milestone: step(4), directors: ['lb1'] }])).toBe(true);
    expect(written).toEqual([intended('lb1', 4)]);
    expect(await one.intend([{ milestone: step(4), directors: both }])).toBe(true);
    expect(written).toEqual([intended('lb1', 4), intended('lb2', 4)]);
    expect(await one.intend([{ milestone: step(4), directors: both }])).toBe(true);
    expect(written).toHaveLength(2);
    await one.intend([{ milestone: step(5), directors: ['lb1'] }]);
    expect(written.slice(2)).toEqual([intended('lb1', 5)]);
  });

  it('that cannot be written means that nothing is edited', async () => {
    const { journaled: one, disk } = journaled();
    disk.full = true;
    expect(await one.intend([{ milestone: step(4), directors: ['lb1'] }])).toBe(false);
    expect(one.current().directors.get('lb1')?.intended).toEqual([]);
  });
});
