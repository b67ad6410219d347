import { setTimeout as sleep } from 'node:timers/promises';
import { type DrainEvent, stampEvent } from '../../domain/events/event.ts';
import { eventWithNames } from '../../domain/events/names-in-events.ts';
import { plannedEvent } from '../../rollout/events/planned.ts';
import { type SeenRollout, type WatchedStore, watchRollout } from '../../watch/watch-rollout.ts';

/** What a feed has for somebody who has had the events before a number. */
export type Fed =
  | { readonly kind: 'events'; readonly lines: readonly string[] }
  /** The rollout has stopped, and there is no more. */
  | { readonly kind: 'ended' }
  /** Nothing happened for so long. */
  | { readonly kind: 'quiet' };

/** The events of one rollout, as JSON, numbered from 0: the plan, then those of its trace. */
export interface EventFeed {
  /** The events from a number on: some of them, as soon as there are any. */
  after(
    number: number,
    terms: { readonly follow: boolean; readonly quietMs: number },
  ): Promise<Fed>;
  leave(): void;
}

/** The feeds of all rollouts that somebody listens to: one reader each, however many listen. */
export interface EventFeeds {
  /** Joins the feed of a rollout; `undefined` where too many listen already. */
  join(store: WatchedStore, rollout: string): EventFeed | undefined;
  /** Ends the feeds of rollouts that have nothing more to say, and soon the others. */
  close(): Promise<void>;
}

const lookEveryMs = 200;
/** So long those who listen may take to read the last of it when the server closes. */
const lastMs = 2_000;
/** Somebody goes on soon with what was cut off, such as the next server. */
const cutOffMs = 30_000;
const mostListeners = 200;
/** The most lines of one answer: whoever reads slowly does not have all of them in memory twice. */
const mostLines = 500;

interface Feed {
  readonly lines: string[];
  isEnded: boolean;
  listeners: number;
  readonly waiting: Set<() => void>;
}

export function createEventFeeds(): EventFeeds {
  const feeds = new Map<string, Feed>();
  const stopping = new AbortController();
  let listeners = 0;

  const wake = ({ waiting }: Feed): void => {
    for (const go of waiting) go();
    waiting.clear();
  };
  const run = async (feed: Feed, store: WatchedStore, rollout: string): Promise<void> => {
    const watch = watchRollout(store, rollout);
    let stoppedMs: number | undefined;
    while (feed.listeners > 0) {
      const isLast = stopping.signal.aborted;
      const seen = await watch.look(Date.now(), 'always');
      if (seen.ok) {
        if (feed.lines.length === 0) feed.lines.push(JSON.stringify(plannedOf(seen.value)));
        for (const one of seen.value.news) {
          if (one.type === 'event') feed.lines.push(JSON.stringify(one.event));
        }
        const { process, state } = seen.value;
        const wasStopped = stoppedMs !== undefined;
        stoppedMs = process ? undefined : (stoppedMs ?? performance.now());
        const isOver = stoppedMs !== undefined && performance.now() - stoppedMs >= cutOffMs;
        // What its process wrote before it went is there at the next look.
        feed.isEnded = isOver || (wasStopped && !process && state.end !== undefined);
      }
      if (isLast) feed.isEnded = true;
      wake(feed);
      if (feed.isEnded) break;
      await sleep(lookEveryMs, undefined, { signal: stopping.signal, ref: false }).catch(() => {});
    }
    if (feeds.get(rollout) === feed) feeds.delete(rollout);
    wake(feed);
  };
  const running = new Set<Promise<void>>();
  const begin = (store: WatchedStore, rollout: string): Feed => {
    const feed: Feed = { lines: [], isEnded: false, listeners: 1, waiting: new Set() };
    feeds.set(rollout, feed);
    const end = run(feed, store, rollout).finally(() => running.delete(end));
    running.add(end);
    return feed;
  };

  return {
    join(store, rollout) {
      if (listeners >= mostListeners || stopping.signal.aborted) return undefined;
      listeners++;
      const there = feeds.get(rollout);
      if (there) there.listeners++;
      const feed = there ?? begin(store, rollout);
      let isHere = true;
      return {
        after: (number, terms) => next(feed, number, terms),
        leave() {
          if (!isHere) return;
          isHere = false;
          listeners--;
          feed.listeners--;
        },
      };
    },
    async close() {
      stopping.abort();
      await Promise.all(running);
      const until = performance.now() + lastMs;
      while (listeners > 0 && performance.now() < until) await sleep(20);
    },
  };
}

async function next(
  feed: Feed,
  number: number,
  { follow, quietMs }: { readonly follow: boolean; readonly quietMs: number },
): Promise<Fed> {
  const until = performance.now() + quietMs;
  for (;;) {
    const lines = feed.lines.slice(number, number + mostLines);
    if (lines.length > 0) return { kind: 'events', lines };
    // Whoever wants what there is waits for the first look.
    if (feed.isEnded || (!follow && feed.lines.length > 0)) return { kind: 'ended' };
    const leftMs = until - performance.now();
    if (leftMs <= 0) return { kind: 'quiet' };
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, leftMs);
      function done(): void {
        clearTimeout(timer);
        feed.waiting.delete(done);
        resolve();
      }
      feed.waiting.add(done);
    });
  }
}

/** The event of the plan, which no trace has, as it was when the rollout began. */
function plannedOf({ rollout, entries: [opened], state: { plan } }: SeenRollout): DrainEvent {
  const { actor } = opened;
  return eventWithNames(stampEvent(plannedEvent(plan), rollout, opened.atMs, actor), plan.names);
}
