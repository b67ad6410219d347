import type { DrainEvent } from '../../domain/event.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type { DirectorPlan, ServicePlan } from '../../domain/plan.ts';
import { isSimulated, resourcesOf } from '../../domain/rollout-locks.ts';
import { LiveBoard } from '../../reporters/live/live-board.ts';
import type { LivePhase, LiveStanding } from '../../reporters/live/live-view.ts';
import type { WatchedRollout } from '../../reporters/watch/watcher.ts';
import { leavingServers } from '../../rollout/observe/draining-servers.ts';
import type { JournalEntries, LockHolder, Store } from '../../rollout/ports.ts';
import { type DirectorState, drainKey } from '../../rollout/state/director-state.ts';
import { standingTarget } from '../../rollout/state/expected-weights.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { directorState, type RolloutState } from '../../rollout/state/rollout-state.ts';
import { describeSummary, isSummaryOver, type RolloutSummary, summaryOf } from './summary.ts';

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

/** Where a rollout stands by its journal, as a board shows it. `lastSignMs`: when it was heard of last. */
export function standingOf(
  state: RolloutState,
  entries: JournalEntries,
  { running, lastSignMs }: { readonly running: boolean; readonly lastSignMs: number },
): LiveStanding {
  const { phase, plan } = state;
  const lastMs = entries.at(-1)?.atMs ?? 0;
  const named = phaseOf(state, running);
  const schedule = phase.kind === 'returning' ? (phase.schedule ?? []) : plan.schedule;
  const sinceMs = 'sinceMs' in phase ? phase.sinceMs : undefined;
  const since: Partial<Record<LivePhase, number>> = {
    paused: state.pausedAtMs ?? lastMs,
    held: lastMs,
    over: lastMs,
    'cut off': Math.max(lastMs, lastSignMs),
  };
  const leaving = sinceMs === undefined ? [] : leavingServers(state);
  return {
    phase: named,
    phaseSinceMs: since[named] ?? sinceMs ?? entries[0].atMs,
    schedule,
    rampStartMs: state.startAtMs,
    startedAtMs: entries[0].atMs,
    services: plan.directors.flatMap((directorPlan) =>
      directorPlan.services.map((service) => {
        const director = directorState(state, directorPlan);
        const removed = service.servers.filter((server) =>
          director.removed.has(drainKey(service.service, server)),
        );
        return {
          ...stepOf(state, directorPlan, schedule),
          service: service.service,
          weights: weightsOf(service, director),
          removed,
          leaving: leaving
            .filter((one) => one.service === service.service)
            .filter(({ directors }) => directors.includes(directorPlan.director))
            .filter(({ server }) => !removed.includes(server))
            .map(({ server }) => server),
        };
      }),
    ),
  };
}

function phaseOf({ end, phase, pausedAtMs, directors }: RolloutState, running: boolean): LivePhase {
  if (end && !running) return end.outcome === 'held' ? 'held' : 'over';
  if (!running) return 'cut off';
  if (pausedAtMs !== undefined) return 'paused';
  if (phase.kind === 'draining') return 'drain';
  if (phase.kind === 'returning') return 'going back';
  return [...directors.values()].every(({ step }) => step < 0) ? 'under way' : 'ramp';
}

function stepOf(
  state: RolloutState,
  plan: DirectorPlan,
  schedule: RolloutState['plan']['schedule'],
): Pick<LiveStanding['services'][number], 'director' | 'step' | 'of' | 'moved'> {
  const { director } = plan;
  const { step, back, returned } = directorState(state, plan);
  const of = Math.max(0, schedule.length - 1);
  const walked = state.phase.kind === 'returning' ? (back?.step ?? -1) : step;
  const moved = returned ? 0 : (schedule[Math.max(0, walked)]?.fraction ?? 0);
  return { director, step: Math.max(0, walked), of, moved };
}

const weightsOf = (plan: ServicePlan, director: DirectorState): ReadonlyMap<string, number> =>
  standingTarget(plan, director).weights;
