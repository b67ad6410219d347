import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GuardNoticeItem } from '../../../../src/domain/events/guard-notice.ts';
import { guardNoticeGroups } from '../../../../src/domain/events/guard-notice.ts';
import { createGuardNotices } from '../../../../src/guard/notices/guard-notices.ts';
import { dueMs, emptyBatch, told, withItem } from '../../../../src/guard/notices/notice-batch.ts';
import { VirtualClock } from '../../../../src/ipvs/simulated/time/virtual-clock.ts';

const item = (more: Partial<GuardNoticeItem> = {}): GuardNoticeItem => ({
  group: 'down',
  at: '2026-01-01T00:00:00.000Z',
  director: 'local',
  service: 'tcp/10.0.0.100:80',
  server: '10.0.0.1:80',
  detail: 'refused',
  ...more,
});

const all = [...guardNoticeGroups];
const batchOf = (
  items: readonly GuardNoticeItem[],
  on: readonly GuardNoticeItem['group'][] = all,
) => items.reduce((batch, one, i) => withItem(batch, one, { on, nowMs: 100 + i }), emptyBatch);

describe('news for one recipient', () => {
  it('is one item for a server that flaps, the latest, with how often it has turned', () => {
    const up = item({ group: 'up', detail: 'answers' });
    expect([...batchOf([item(), up, item(), up]).items.values()]).toEqual([{ ...up, times: 4 }]);
  });

  it('keeps apart servers, directors, services, and what is said of a service', () => {
    const apart = [
      item(),
      item({ server: '10.0.0.2:80' }),
      item({ director: 'lb2' }),
      item({ service: 'tcp/10.0.0.100:81' }),
      item({ group: 'floor' }),
      item({ group: 'all-dead' }),
    ];
    expect([...batchOf(apart).items.values()]).toEqual(apart);
  });

  it('is not heard by whoever did not ask for it', () => {
    expect(batchOf([item(), item({ group: 'up' })], ['all-dead'])).toEqual(emptyBatch);
  });

  it('is due when it was collected for long enough, and the notice before is long enough ago', () => {
    const pace = { groupForMs: 5, everyMs: 60 };
    expect(dueMs(emptyBatch, pace)).toBeUndefined();
    expect(dueMs(batchOf([item(), item()]), pace)).toBe(105);
    expect(dueMs(withItem(told(90), item(), { on: all, nowMs: 100 }), pace)).toBe(150);
    expect(dueMs(withItem(told(10), item(), { on: all, nowMs: 100 }), pace)).toBe(105);
  });
});

describe('notices', () => {
  it('come in time, never more often than asked for, and nothing is lost, whenever servers fall', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ afterMs: fc.nat(40_000), n: fc.nat(9) }), { maxLength: 40 }),
        fc.nat(10_000),
        fc.nat(60_000),
        async (falls, groupForMs, everyMs) => {
          let nowMs = 0;
          const clock = new VirtualClock({
            get nowMs() {
              return nowMs;
            },
            advanceTo(timeMs) {
              nowMs = timeMs;
            },
          });
          const sent: { readonly atMs: number; readonly turns: number }[] = [];
          const send = (items: readonly GuardNoticeItem[]) => {
            const turns = items.reduce((sum, { times = 1 }) => sum + times, 0);
            sent.push({ atMs: clock.nowMs(), turns });
          };
          const target = { on: all, groupForMs, everyMs };
          const notices = createGuardNotices([{ target, send }], clock);
          const fallsMs: number[] = [];
          for (const { afterMs, n } of falls) {
            await clock.sleepUntil(clock.nowMs() + afterMs);
            fallsMs.push(clock.nowMs());
            notices.hear({
              ...{ v: 1, at: '', director: 'local', type: 'server-down', rise: 2, detail: '' },
              ...{ service: 'tcp/10.0.0.100:80', server: `10.0.0.${n}:80` },
            });
          }
          await clock.sleepUntil(clock.nowMs() + groupForMs + everyMs + 1);
          expect(sent.reduce((sum, { turns }) => sum + turns, 0)).toBe(falls.length);
          for (const [i, { atMs }] of sent.entries()) {
            const before = sent[i - 1]?.atMs;
            if (before !== undefined) expect(atMs - before).toBeGreaterThanOrEqual(everyMs);
            expect(fallsMs.some((fallMs) => atMs - fallMs >= groupForMs)).toBe(true);
          }
          notices.close();
          expect(sent.reduce((sum, { turns }) => sum + turns, 0)).toBe(falls.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('that are not due yet are sent when the guard ends', async () => {
    const sent: unknown[] = [];
    const clock = { nowMs: () => 0, sleepUntil: () => new Promise<void>(() => {}) };
    const target = { on: all, groupForMs: 5_000, everyMs: 60_000 };
    const notices = createGuardNotices([{ target, send: (items) => sent.push(items) }], clock);
    const about = { v: 1, at: '2026', director: 'lb1', service: 's' } as const;
    notices.hear({
      ...{ ...about, type: 'weights-kept', reason: 'min-healthy', servers: ['a', 'b'], least: 2 },
    });
    notices.hear({
      ...{ ...about, type: 'server-down', server: 'c', rise: 2, detail: 'x', out: 'maintenance' },
    });
    notices.hear({
      ...{ ...about, type: 'weights-kept', reason: 'min-serving', servers: ['d'], least: 3 },
    });
    notices.hear({ ...about, type: 'alive-again' });
    expect(sent).toEqual([]);
    notices.close();
    const floor = { group: 'floor', detail: 'should go to weight 0 and stays: 2 must serve' };
    const at = { at: '2026', director: 'lb1', service: 's' };
    expect(sent).toEqual([
      [
        { ...at, ...floor, server: 'a' },
        { ...at, ...floor, server: 'b' },
        {
          ...{ ...at, ...floor, server: 'd' },
          detail: 'should go lower, or to weight 0, and stays: 3 must serve',
        },
        { ...at, group: 'all-dead', detail: 'servers answer well again', isOver: true },
      ],
    ]);
  });
});
