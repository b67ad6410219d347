import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import { resourcesOf, startResource } from '../domain/rollout/rollout-locks.ts';
import { isOver, type RolloutStatus, statusOf } from '../domain/rollout/rollout-status.ts';
import type { JournalEntries, LockHolder, Store } from '../rollout/ports.ts';
import { foldJournal } from '../rollout/state/journal.ts';
import { hasBegun } from '../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../rollout/state/rollout-state.ts';
import type { TraceEntry } from '../rollout/state/trace.ts';

/** A rollout of any process, from what it leaves in the store. */
export interface SeenRollout {
  readonly rollout: string;
  readonly status: RolloutStatus;
  /** The process that runs the rollout, where one does. */
  readonly process: LockHolder | undefined;
  readonly entries: JournalEntries;
  /** The state that `entries` fold to. */
  readonly state: RolloutState;
  /** The journal was read this time; else `entries` and `state` are those of the time before. */
  readonly isJournalFresh: boolean;
  /** The entries that the trace has got since the time before. */
  readonly news: readonly TraceEntry[];
}

/** The rollouts whose trace is read beside the journal. */
export type TraceWanted = 'never' | 'in-progress' | 'always';

export interface RolloutWatch {
  look(nowMs: number, trace: TraceWanted): Promise<Result<SeenRollout>>;
  /** Tells whether a process has the rollout's locks, as far as these are known by now. */
  isLocked(): Promise<boolean>;
  /** Frees the journal until it is needed again. */
  rest(): void;
}

export interface RolloutWatchOptions {
  /** Time after which the journal is read again, for the trace may lag, or have holes. */
  readonly rereadMs?: number;
}

export type WatchedStore = Pick<Store, 'read' | 'readTrace' | 'holder'>;

interface Kept {
  readonly entries: JournalEntries;
  readonly state: RolloutState;
  readonly readAtMs: number;
}

/**
 * Watches one rollout and reads only what is new. The trace tells when the journal has something new, for
 * every entry of a journal comes with an event; and a process that has come or gone shows at the lock.
 */
export function watchRollout(
  store: WatchedStore,
  rollout: string,
  { rereadMs = 10_000 }: RolloutWatchOptions = {},
): RolloutWatch {
  let position = 0;
  let resources: readonly string[] = [];
  let kept: Kept | undefined;
  let process: LockHolder | undefined;

  const processNow = async (): Promise<LockHolder | undefined> =>
    ownHolder(store, resources, rollout);

  /** Reads the journal and the process that runs the rollout, as both were at one time. */
  const read = async (nowMs: number): Promise<Failure | Kept> => {
    for (let wasRunning = kept === undefined || process !== undefined; ; wasRunning = false) {
      const journal = await store.read(rollout);
      if (!journal.ok) return journal.failure;
      const state = foldJournal(journal.value);
      resources = locksOf(state);
      process = await processNow();
      kept = { entries: journal.value, state, readAtMs: nowMs };
      // A process that has written its end and gone since the journal was read was not cut off.
      if (process || state.end || !wasRunning) return kept;
    }
  };

  const readNews = async (): Promise<Result<readonly TraceEntry[]>> => {
    const news: TraceEntry[] = [];
    for (;;) {
      const part = await store.readTrace(rollout, position);
      if (!part.ok) return part;
      if (part.value.position === position) return ok(news);
      position = part.value.position;
      for (const entry of part.value.entries) news.push(entry);
    }
  };

  const statusNow = ({ state }: Kept): RolloutStatus =>
    statusOf({
      isRunning: process !== undefined,
      isPaused: state.pausedAtMs !== undefined,
      end: state.end,
    });

  return {
    async look(nowMs, trace) {
      const isFirst = kept === undefined;
      const first = kept ?? (await read(nowMs));
      if ('kind' in first) return fail(first);
      const isEnded = isFirst && isOver(statusNow(first));
      const readsTrace = trace === 'always' || (trace === 'in-progress' && !isEnded);
      const news = readsTrace ? await readNews() : ok([]);
      if (!news.ok) return news;
      const before = process;
      // The journal of the first look is from before the trace.
      if (!isFirst) process = await processNow();
      const isStale =
        news.value.some(isSignOfJournal) ||
        process?.pid !== before?.pid ||
        (!readsTrace && !isFirst && process === undefined) ||
        nowMs - first.readAtMs >= rereadMs;
      const now = isStale && !isEnded ? await read(nowMs) : first;
      if ('kind' in now) return fail(now);
      const { entries, state } = now;
      return ok({
        rollout,
        status: statusNow(now),
        process,
        entries,
        state,
        isJournalFresh: isFirst || now !== first,
        news: news.value,
      });
    },
    isLocked: async () => (await processNow()) !== undefined,
    rest() {
      kept = undefined;
    },
  };
}

/** The process that runs a rollout, where one does. */
export const processOf = (
  store: Pick<Store, 'holder'>,
  state: LockedState,
): Promise<LockHolder | undefined> => ownHolder(store, locksOf(state), state.rollout);

type LockedState = Pick<RolloutState, 'plan' | 'access' | 'rollout' | 'directors'>;

/**
 * The locks that tell who runs a rollout: one of its tables, for that process has them all, and before it has
 * begun that of its start.
 */
function locksOf(state: LockedState): readonly string[] {
  const { plan, access, rollout } = state;
  const mayWait = plan.startsAtMs !== undefined || plan.windows !== undefined;
  const waiting = mayWait && !hasBegun(state) ? [startResource(rollout)] : [];
  return [...resourcesOf(plan, access).slice(0, 1), ...waiting];
}

async function ownHolder(
  store: Pick<Store, 'holder'>,
  resources: readonly string[],
  rollout: string,
): Promise<LockHolder | undefined> {
  for (const resource of resources) {
    const holder = await store.holder(resource);
    if (holder?.rollout === rollout) return holder;
  }
  return undefined;
}

const isSignOfJournal = (entry: TraceEntry): boolean =>
  entry.type === 'event' && entry.event.type !== 'sampled';
