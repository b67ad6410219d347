import type { GuardNoticeItem, GuardNotifyTarget } from '../../domain/events/guard-notice.ts';

/** News for one recipient that is not told yet. */
export interface NoticeBatch {
  /** By what it is about: the latest, with how often that has turned. */
  readonly items: ReadonlyMap<string, GuardNoticeItem>;
  /** When the first of the items came; absent where there is none. */
  readonly sinceMs?: number | undefined;
  /** When the last notice was sent. */
  readonly toldMs?: number | undefined;
}

export const emptyBatch: NoticeBatch = { items: new Map() };

type Pace = Pick<GuardNotifyTarget, 'on' | 'groupForMs' | 'everyMs'>;

/**
 * A batch with one more item, where the recipient wants to hear of it. News about one server is one item,
 * however often the server flaps; but what was kept for a floor, or is dead as a whole, is another.
 */
export function withItem(
  batch: NoticeBatch,
  item: GuardNoticeItem,
  { on, nowMs }: Pick<Pace, 'on'> & { readonly nowMs: number },
): NoticeBatch {
  if (!on.includes(item.group)) return batch;
  const kind = item.group === 'up' ? 'down' : item.group;
  const key = JSON.stringify([item.director, item.service, item.server, kind]);
  const before = batch.items.get(key);
  const times = (before?.times ?? (before ? 1 : 0)) + 1;
  const items = new Map(batch.items);
  items.delete(key);
  items.set(key, times === 1 ? item : { ...item, times });
  return { ...batch, items, sinceMs: batch.sinceMs ?? nowMs };
}

/** When a batch is to be told; `undefined` where there is nothing to tell. */
export const dueMs = (
  { sinceMs, toldMs = Number.NEGATIVE_INFINITY }: NoticeBatch,
  { groupForMs, everyMs }: Pick<Pace, 'groupForMs' | 'everyMs'>,
): number | undefined =>
  sinceMs === undefined ? undefined : Math.max(sinceMs + groupForMs, toldMs + everyMs);

/** The batch after it was told. */
export const told = (nowMs: number): NoticeBatch => ({ items: new Map(), toldMs: nowMs });
