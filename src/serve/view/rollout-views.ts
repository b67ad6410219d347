import type { Failure } from '../../domain/failure.ts';
import type { CommandContext } from '../../domain/rollout/rollout-status.ts';
import { buildRecord } from '../../record/build-record.ts';
import type { RolloutRecord } from '../../record/rollout-record.ts';
import type { TraceEntry } from '../../rollout/state/trace.ts';
import type { SeenRollout } from '../../watch/watch-rollout.ts';
import { type WatchedRollouts, watchRollouts } from '../../watch/watched-rollouts.ts';
import { inProgress, type RolloutView, viewOfRecord } from './rollout-view.ts';

export interface RolloutViewsDeps {
  readonly store: WatchedRollouts;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** The place of the commands that are shown. */
  readonly commands?: CommandContext | undefined;
}

export interface RolloutReading {
  /** Rollouts in progress and the last few, the latest first. */
  readonly rollouts: readonly RolloutView[];
  /** The last thing that could not be read. */
  readonly failure?: Failure | undefined;
}

/** Rollouts that are shown though they are over. */
const lastFew = 5;

interface Kept {
  readonly view: RolloutView;
  readonly trace: KeptTrace;
  /** The record of a rollout in progress, until its journal or its trace has something new. */
  readonly record: RolloutRecord | undefined;
}

/** Views of the rollouts of a store that are in progress, and of the last few that are over. */
export function createRolloutViews({
  store,
  nowMs,
  commands,
}: RolloutViewsDeps): () => Promise<RolloutReading> {
  const look = watchRollouts(store, {
    readsTraces: true,
    ended: 'shown',
    rereadMs: 2_000,
    latest: lastFew,
    bound: { inFirstRound: 20, inTurn: 8 },
  });
  const kept = new Map<string, Kept>();

  const keep = (seen: SeenRollout): void => {
    const before = kept.get(seen.rollout);
    const trace = withNews(before?.trace ?? { entries: [] }, seen.news);
    const isSame = !seen.isJournalFresh && seen.news.length === 0;
    const record =
      isSame && before?.record ? before.record : buildRecord(seen.entries, entriesOf(trace));
    const isRunning = seen.process !== undefined;
    const view = viewOfRecord(record, { isRunning, nowMs: nowMs(), commands });
    kept.set(seen.rollout, { view, trace, record: inProgress(view) ? record : undefined });
  };

  return async () => {
    const round = await look(nowMs());
    if (!round.ok) return { rollouts: [], failure: round.failure };
    const { ids, seen, failures } = round.value;
    const there = new Set(ids);
    for (const id of kept.keys()) if (!there.has(id)) kept.delete(id);
    for (const one of seen) keep(one);
    const rollouts = ids.flatMap((id, index) => {
      const view = kept.get(id)?.view;
      return view && (index < lastFew || inProgress(view)) ? [view] : [];
    });
    return { rollouts, failure: failures.at(-1)?.failure };
  };
}

/** The part of a trace that a record needs: no samples, but the time of the last sign of life. */
interface KeptTrace {
  readonly entries: readonly TraceEntry[];
  readonly lastSign?: TraceEntry | undefined;
}

const entriesOf = ({ entries, lastSign }: KeptTrace): readonly TraceEntry[] =>
  lastSign ? [...entries, lastSign] : entries;

const withNews = ({ entries, lastSign }: KeptTrace, news: readonly TraceEntry[]): KeptTrace => ({
  entries: [...entries, ...news.filter(isNeeded)],
  lastSign: news.findLast((entry) => !isNeeded(entry)) ?? lastSign,
});

const isNeeded = (entry: TraceEntry): boolean =>
  entry.type === 'event' &&
  (entry.event.type === 'gate-passed' || entry.event.type === 'gate-failed');
