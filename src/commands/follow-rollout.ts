import type { DrainEvent } from '../domain/event.ts';
import { ok, type Result } from '../domain/failure.ts';
import { LiveBoard } from '../reporters/live/live-board.ts';
import type { WatchedRollout } from '../reporters/watch/watcher.ts';
import { foldJournal } from '../rollout/journal.ts';
import type { JournalEntries, LockHolder, Store } from '../rollout/ports.ts';
import type { RolloutState } from '../rollout/rollout-state.ts';
import { isSimulated, resourcesOf } from './rollout-resources.ts';
import {
  describeSummary,
  isSummaryOver,
  type RolloutSummary,
  summaryOf,
} from './rollout-summary.ts';
import { standingOf } from './standing-of.ts';

/** A rollout of another process, from what it leaves in the store. */
export interface Follower {
  readonly rollout: string;
  /** How it stands, and what it has left since the last time. */
  refresh(nowMs: number): Promise<Result<Followed>>;
}

export interface Followed {
  readonly watched: WatchedRollout;
  readonly state: RolloutState;
  /** Its process has written an end. */
  readonly hasStopped: boolean;
}

export interface FollowerOptions {
  /** It began while somebody watched: all of its events are news. */
  readonly hasJustBegun: boolean;
}

export type FollowedStore = Pick<Store, 'read' | 'readTrace' | 'holder'>;

/** A trace may have lost what a journal says: it is read again after this time, whatever happens. */
const rereadMs = 10_000;

/**
 * Reads only what is new. The trace tells when the journal has something new, for every entry of it comes
 * with an event; and a process that has come or gone shows at the lock.
 */
export function createFollower(
  store: FollowedStore,
  rollout: string,
  { hasJustBegun }: FollowerOptions,
): Follower {
  const board = new LiveBoard();
  let position = 0;
  let lastSignMs = 0;
  let journal: { readonly entries: JournalEntries; readonly state: RolloutState } | undefined;
  let readAtMs = 0;
  let pidBefore: number | undefined;

  const readNews = async (): Promise<Result<readonly DrainEvent[]>> => {
    const news: DrainEvent[] = [];
    for (;;) {
      const part = await store.readTrace(rollout, position);
      if (!part.ok) return part;
      if (part.value.position === position) return ok(news);
      position = part.value.position;
      for (const entry of part.value.entries) if (entry.type === 'event') news.push(entry.event);
    }
  };

  return {
    rollout,
    async refresh(nowMs) {
      const news = await readNews();
      if (!news.ok) return news;
      const pid = journal && (await runningPid(store, journal.state));
      const isStale =
        news.value.some(({ type }) => type !== 'sampled') ||
        pid !== pidBefore ||
        nowMs - readAtMs >= rereadMs;
      const isBacklog = !journal && !hasJustBegun;
      let running = pid;
      if (!journal || isStale) {
        const read = await store.read(rollout);
        if (!read.ok) return read;
        const state = foldJournal(read.value);
        if (!journal) board.open(state.plan);
        journal = { entries: read.value, state };
        readAtMs = nowMs;
        running = await runningPid(store, state);
      }
      for (const event of news.value) board.add(event);
      lastSignMs = Math.max(lastSignMs, Date.parse(news.value.at(-1)?.at ?? '') || 0);
      const { entries, state } = journal;
      if (isStale) {
        board.stand(standingOf(state, entries, { running: running !== undefined, lastSignMs }));
      }
      pidBefore = running;
      // A simulated director has a time of its own.
      const isOver = state.end && state.end.outcome !== 'held';
      if (!isOver && !isSimulated(state.access)) board.tick(nowMs);
      const holder = running === undefined ? undefined : { rollout, pid: running, sinceMs: 0 };
      const summary = summaryOf(state, entries[0].atMs, holder);
      return ok({
        watched: {
          rollout,
          state: summary.state,
          isOver: isSummaryOver(summary),
          view: board,
          backlog: isBacklog ? news.value : [],
          news: isBacklog ? [] : news.value,
          summary: describeSummary(summary),
          ways: waysOn(summary),
        },
        state,
        hasStopped: state.end !== undefined && running === undefined,
      });
    },
  };
}

/** The process that runs it, if one does. */
export async function runningPid(
  store: Pick<Store, 'holder'>,
  { plan, access, rollout }: RolloutState,
): Promise<number | undefined> {
  const [resource = ''] = resourcesOf(plan, access);
  const holder: LockHolder | undefined = await store.holder(resource);
  return holder?.rollout === rollout ? holder.pid : undefined;
}

function waysOn({ state, rollout }: RolloutSummary): readonly string[] {
  switch (state) {
    case 'running':
      return [`drain pause ${rollout}`];
    case 'paused':
      return [`drain continue ${rollout}`, `drain rollback ${rollout}`];
    case 'held':
    case 'cut-off':
      return [`drain resume ${rollout}`, `drain rollback ${rollout}`];
    default:
      return [];
  }
}
