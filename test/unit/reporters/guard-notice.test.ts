import { describe, expect, it } from 'vitest';
import type { GuardNoticeItem } from '../../../src/domain/events/guard-notice.ts';
import { guardNoticeOf } from '../../../src/reporters/notices/guard-notice.ts';

const item = (more: Partial<GuardNoticeItem> = {}): GuardNoticeItem => ({
  ...{ group: 'down', at: '2026-01-01T00:00:00.000Z', director: 'local' },
  ...{ service: 'tcp/10.0.0.100:80', server: '10.0.0.1:80', detail: 'refused' },
  ...more,
});
const about = { host: 'lb1', nowMs: Date.UTC(2026, 0, 1), nonce: 'a1' };
const { server: _, ...ofService } = item();

describe('the notice of a guard', () => {
  it('says the worst first, in one sentence for people', () => {
    const items = [
      item({ group: 'up', server: '10.0.0.7:80', times: 3 }),
      item(),
      { ...ofService, group: 'all-dead', service: 'fwm/7' } as const,
    ];
    expect(guardNoticeOf(items, about)).toEqual({
      v: 1,
      id: 'msg_guard_1767225600000_a1',
      type: 'guard',
      at: '2026-01-01T00:00:00.000Z',
      host: 'lb1',
      failure: true,
      items,
      more: 0,
      text: 'drain guard on lb1: all dead: fwm/7. down: 10.0.0.1:80 in tcp/10.0.0.100:80 (refused). up: 10.0.0.7:80 in tcp/10.0.0.100:80, turned 3 times.',
    });
  });

  it('is no failure where all of it is good news', () => {
    const items = [item({ group: 'up' }), item({ group: 'all-dead', isOver: true })];
    expect(guardNoticeOf(items, about).failure).toBe(false);
  });

  it('names a server of two directors once, and holds 200 items at most', () => {
    const two = guardNoticeOf([item(), item({ director: 'lb2' })], about);
    expect(two.text).toBe('drain guard on lb1: down: 10.0.0.1:80 in tcp/10.0.0.100:80 (refused).');
    const many = Array.from({ length: 250 }, (_, n) => item({ server: `10.0.${n}.1:80` }));
    const notice = guardNoticeOf(many, about);
    expect([notice.items.length, notice.more]).toEqual([200, 50]);
    expect(notice.text.length).toBeLessThan(500);
  });

  it('obeys no word of a check: nobody is called by it', () => {
    const { text, items } = guardNoticeOf([item({ detail: '<!channel> @all \u001b[2J' })], about);
    expect(text).not.toMatch(/<!channel>|@all/);
    expect(text).not.toContain('\u001b');
    expect(items[0]?.detail).not.toContain('\u001b');
  });
});
