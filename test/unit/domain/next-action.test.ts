import { describe, expect, it, vi } from 'vitest';
import {
  type AroundBatch,
  type AroundMember,
  type AroundRecord,
  nextAction,
  openBatch,
  reopened,
  withMember,
  withPhase,
} from '../../../src/domain/around/around.ts';
import { isAskedFor, type Notice } from '../../../src/domain/events/notice.ts';
import { leastServing } from '../../../src/domain/health/guard.ts';
import { maintenanceOf } from '../../../src/domain/rollout/maintenance.ts';
import { isRolloutId, rolloutId } from '../../../src/domain/rollout/rollout-id.ts';
import { nextItem, type SequencedRollout, withItem } from '../../../src/domain/rollout/sequence.ts';

const member = (address: string, isCommandDone = false, port?: number): AroundMember =>
  ({ name: { address, port }, isCommandDone }) as unknown as AroundMember;
const batch = (phase: AroundBatch['phase'], ...servers: AroundMember[]): AroundBatch => ({
  phase,
  servers,
});
const record = (...batches: AroundBatch[]): AroundRecord =>
  ({ around: 'a', batches }) as unknown as AroundRecord;
const [a, b, doneA, doneB] = [member('a'), member('b'), member('a', true), member('b', true)];

describe('what is next around servers', () => {
  it.each([
    ['waiting', 'out'],
    ['out', 'out'],
    ['command', 'command'],
  ] as const)(
    'in a batch that is at %s: %s, for those whose command is not done',
    (phase, kind) => {
      const one = record(batch('done', doneA), batch(phase, doneA, b));
      expect(nextAction(one)).toEqual({ kind, batch: 1, servers: [b] });
    },
  );

  it('is to bring the whole batch in, when all commands are done or it was on its way', () => {
    for (const phase of ['waiting', 'out', 'command'] as const) {
      const ready = record(batch(phase, doneA, doneB));
      expect(nextAction(ready)).toEqual({ kind: 'in', batch: 0, servers: [doneA, doneB] });
    }
    const going = record(batch('in', a, doneB));
    expect(nextAction(going)).toEqual({ kind: 'in', batch: 0, servers: [a, doneB] });
  });

  it('is nothing more when all batches are done', () => {
    expect(nextAction(record(batch('done', a)))).toEqual({ kind: 'finish' });
    expect(nextAction(record())).toEqual({ kind: 'finish' });
  });

  it('follows from one batch and one member that changed, by address and port', () => {
    const two = record(batch('waiting', a), batch('waiting', b));
    expect(withPhase(two, 1, 'out').batches).toEqual([batch('waiting', a), batch('out', b)]);
    const ports = record(batch('command', member('a', false, 80), member('a', false, 81), b));
    expect(withMember(ports, 0, member('a', true, 81)).batches).toEqual([
      batch('command', member('a', false, 80), member('a', true, 81), b),
    ]);
    expect(withMember(two, 1, doneA).batches).toEqual(two.batches);
  });

  it('is to take servers out again where a stop came at the command', () => {
    const stopped = {
      ...record(batch('done', a), batch('command', a), batch('in', b), batch('waiting', b)),
      end: { outcome: 'held', exitCode: 7, message: '' },
    } as const;
    const again = reopened(stopped);
    expect(again).not.toHaveProperty('end');
    expect(again.batches.map(({ phase }) => phase)).toEqual(['done', 'out', 'in', 'waiting']);
  });

  it('goes on with the batch that is under way, which is neither done nor waiting', () => {
    const going = batch('in', b);
    expect(openBatch(record(batch('done', a), going, batch('waiting', b)))).toBe(going);
    expect(openBatch(record(batch('done', a), batch('waiting', b)))).toBeUndefined();
  });
});

describe('what is next in a sequence', () => {
  const items = [true, false, false].map((isDone) => ({ isDone }) as SequencedRollout);

  it('is the first item that is not done', () => {
    expect(nextItem({ items })).toBe(1);
    expect(nextItem({ items: items.slice(0, 1) })).toBe(-1);
  });

  it('follows from one item that changed', () => {
    const before = { items } as unknown as Parameters<typeof withItem>[0];
    const after = withItem(before, 1, { isDone: true, rollout: 'r' });
    expect(after.items).toEqual([items[0], { isDone: true, rollout: 'r' }, items[2]]);
  });
});

describe('what is next for servers of a plan', () => {
  it('is maintenance where nobody takes over', () => {
    expect(maintenanceOf({ from: ['a'], to: [] } as never)).toBe('out');
    expect(maintenanceOf({ from: [], to: ['b'] } as never)).toBe('in');
    expect(maintenanceOf({ from: ['a'], to: ['b'] } as never)).toBeUndefined();
  });

  it('leaves as many as are said, rounded up and never none', () => {
    expect(leastServing({ kind: 'percent', percent: 50 }, 5)).toBe(3);
    expect(leastServing({ kind: 'percent', percent: 50 }, 4)).toBe(2);
    expect(leastServing({ kind: 'percent', percent: 0 }, 5)).toBe(1);
    expect(leastServing({ kind: 'count', count: 2 }, 5)).toBe(2);
    expect(leastServing({ kind: 'count', count: 0 }, 5)).toBe(1);
  });
});

describe('the name of a rollout', () => {
  it('is its time to the millisecond and four digits, which are for names alone', () => {
    const id = rolloutId(Date.UTC(2026, 10, 23, 14, 15, 30, 42));
    expect(id).toMatch(/^20261123-141530042-[0-9a-f]{4}$/);
    expect(isRolloutId(id)).toBe(true);
    const some = Array.from({ length: 50 }, () => rolloutId(0));
    expect(new Set(some).size).toBeGreaterThan(25);
    const chance = vi.spyOn(Math, 'random').mockReturnValue(31.5 / 0x10000);
    expect(rolloutId(0)).toBe('19700101-000000000-001f');
    chance.mockRestore();
  });

  it.each(['', '../x', 'A', 'a/b', 'a.b', 'a\n', 'x'.repeat(65)])('is not "%s"', (text) => {
    expect(isRolloutId(text)).toBe(false);
  });
});

describe('a notice', () => {
  const notice = (type: Notice['type'], failure = false) => ({ type, failure }) as Notice;

  it.each([
    ['started', 'start'],
    ['resumed', 'start'],
    ['paused', 'hold'],
    ['held', 'hold'],
    ['rollback-started', 'rollback'],
    ['rolled-back', 'rollback'],
    ['done', 'done'],
    ['refused', 'failure'],
    ['failed', 'failure'],
  ] as const)('that says %s is asked for by %s', (type, group) => {
    expect(isAskedFor(notice(type), [group])).toBe(true);
    const others = (['start', 'hold', 'failure', 'rollback', 'done'] as const).filter(
      (one) => one !== group,
    );
    expect(isAskedFor(notice(type), others)).toBe(false);
  });

  it('of what went wrong is asked for by failure as well', () => {
    expect(isAskedFor(notice('rollback-started', true), ['failure'])).toBe(true);
    expect(isAskedFor(notice('rollback-started', true), ['done'])).toBe(false);
    expect(isAskedFor(notice('rollback-started', false), ['failure'])).toBe(false);
  });
});
