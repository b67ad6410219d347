import type { GuardEvent } from '../../domain/events/guard-event.ts';
import type { GuardNoticeItem, GuardNotifyTarget } from '../../domain/events/guard-notice.ts';
import type { Clock } from '../../rollout/ports.ts';
import { dueMs, emptyBatch, type NoticeBatch, told, withItem } from './notice-batch.ts';
import { itemsOf } from './notice-items.ts';

/** A recipient, and how a notice gets there: at once, whatever becomes of it. */
export interface Recipient {
  readonly target: Pick<GuardNotifyTarget, 'on' | 'groupForMs' | 'everyMs'>;
  send(items: readonly GuardNoticeItem[]): void;
}

export interface GuardNotices {
  hear(event: GuardEvent): void;
  /** Sends what is left, however soon after the notice before. */
  close(): void;
}

/** Collects what happens for each recipient, and tells it as seldom as the recipient wants. */
export function createGuardNotices(
  recipients: readonly Recipient[],
  clock: Pick<Clock, 'nowMs' | 'sleepUntil'>,
): GuardNotices {
  const all = recipients.map((one) => createCollector(one, clock));
  return {
    hear(event) {
      const items = itemsOf(event);
      if (items.length > 0) for (const { take } of all) take(items);
    },
    close() {
      for (const { flush } of all) flush();
    },
  };
}

function createCollector({ target, send }: Recipient, clock: Pick<Clock, 'nowMs' | 'sleepUntil'>) {
  let batch: NoticeBatch = emptyBatch;
  let timer: AbortController | undefined;
  const flush = (): void => {
    timer?.abort();
    timer = undefined;
    if (batch.items.size === 0) return;
    send([...batch.items.values()]);
    batch = told(clock.nowMs());
  };
  const wait = async (untilMs: number): Promise<void> => {
    const own = new AbortController();
    timer = own;
    await clock.sleepUntil(untilMs, own.signal);
    if (!own.signal.aborted) flush();
  };
  return {
    flush,
    take(items: readonly GuardNoticeItem[]): void {
      const nowMs = clock.nowMs();
      for (const item of items) batch = withItem(batch, item, { on: target.on, nowMs });
      const due = dueMs(batch, target);
      if (due !== undefined && !timer) void wait(due);
    },
  };
}
