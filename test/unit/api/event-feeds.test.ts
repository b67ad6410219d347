import { describe, expect, it } from 'vitest';
import { createEventFeeds } from '../../../src/api/events/event-feeds.ts';
import { fail } from '../../../src/domain/failure.ts';
import type { WatchedStore } from '../../../src/watch/watch-rollout.ts';

/** A store whose readings are counted. */
function countedStore() {
  let reads = 0;
  const store: WatchedStore = {
    async read() {
      reads++;
      return fail({ kind: 'usage', what: 'cannot be read' });
    },
    readTrace: async (_, position = 0) => ({ ok: true, value: { entries: [], position } }),
    holder: async () => undefined,
  };
  return { store, reads: () => reads };
}

const terms = { follow: true, quietMs: 1 };

describe('feeds of events', () => {
  it('read one rollout once, however many listen, and no more when all have left', async () => {
    const { store, reads } = countedStore();
    const feeds = createEventFeeds();
    const listeners = Array.from({ length: 100 }, () => feeds.join(store, 'a'));
    await Promise.all(listeners.map((one) => one?.after(0, terms)));
    expect(reads()).toBeLessThanOrEqual(2);
    for (const one of listeners) one?.leave();
    await feeds.close();
    const after = reads();
    expect(feeds.join(store, 'a')).toBeUndefined();
    expect(reads()).toBe(after);
  });

  it('take two hundred listeners, and another one for each that leaves', () => {
    const { store } = countedStore();
    const feeds = createEventFeeds();
    const all = Array.from({ length: 200 }, (_, index) => feeds.join(store, `${index % 7}`));
    expect(feeds.join(store, 'a')).toBeUndefined();
    all[0]?.leave();
    all[0]?.leave();
    const next = feeds.join(store, 'a');
    expect(next).toBeDefined();
    expect(feeds.join(store, 'a')).toBeUndefined();
    for (const one of [...all, next]) one?.leave();
  });

  it('say that it is quiet where nothing happens', async () => {
    const feeds = createEventFeeds();
    const feed = feeds.join(countedStore().store, 'a');
    expect(await feed?.after(0, terms)).toEqual({ kind: 'quiet' });
    feed?.leave();
    await feeds.close();
  });
});
