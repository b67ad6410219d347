import type { DrainEvent } from '../../domain/events/event.ts';
import { type Failure, ok, type Result } from '../../domain/failure.ts';
import { isSimulated } from '../../domain/places/director-access.ts';
import { type CommandContext, isFinalEnd, isOver } from '../../domain/rollout/rollout-status.ts';
import { LiveBoard } from '../../reporters/live/live-board.ts';
import type { WatchedRollout } from '../../reporters/watch/watcher.ts';
import type { Store } from '../../rollout/ports.ts';
import { type SeenRollout, type WatchedStore, watchRollout } from '../../watch/watch-rollout.ts';
import { mostTries, watchRollouts } from '../../watch/watched-rollouts.ts';
import { liveStateOf } from './live-state.ts';
import { describeSummary, summaryOf } from './summary.ts';

export interface Refreshed {
  readonly rollouts: readonly WatchedRollout[];
  readonly failures: readonly Failure[];
}

/** The rollouts in progress, and in one last picture those that have ended since the one before. */
export function createRolloutWatch(
  store: WatchedStore & Pick<Store, 'list'>,
  commands: CommandContext = {},
): (nowMs: number) => Promise<Refreshed> {
  const look = watchRollouts(store, {
    readsTraces: true,
    ended: 'let-go',
    rereadMs: 10_000,
    latest: 20,
  });
  const boards = new Map<string, Board>();
  const told = new Set<string>();

  return async (nowMs) => {
    const round = await look(nowMs);
    if (!round.ok) return { rollouts: [], failures: [round.failure] };
    const seen = new Map(round.value.seen.map((one) => [one.rollout, one]));
    for (const { rollout, status, isNew } of round.value.seen.toReversed()) {
      if (!boards.has(rollout) && !isOver(status))
        boards.set(rollout, createBoard(isNew, commands));
    }
    const rollouts: WatchedRollout[] = [];
    for (const [id, show] of boards) {
      const one = seen.get(id);
      if (!one) continue;
      rollouts.push(show(one, nowMs));
      if (isOver(one.status)) boards.delete(id);
    }
    // A journal that cannot be read may be about to be written.
    const failures = round.value.failures.filter(
      ({ rollout, tries }) => boards.has(rollout) || (tries >= mostTries && !told.has(rollout)),
    );
    for (const { rollout } of failures) told.add(rollout);
    return { rollouts, failures: failures.map(({ failure }) => failure) };
  };
}

/** Watches one rollout in any state, until its process has written an end and is gone. */
export function createOneRolloutWatch(
  store: WatchedStore,
  rollout: string,
  commands: CommandContext = {},
): (
  nowMs: number,
) => Promise<Result<{ readonly shown: WatchedRollout; readonly hasStopped: boolean }>> {
  const watch = watchRollout(store, rollout);
  const show = createBoard(false, commands);
  return async (nowMs) => {
    const seen = await watch.look(nowMs, 'always');
    if (!seen.ok) return seen;
    const { process, state } = seen.value;
    const hasStopped = process === undefined && state.end !== undefined;
    return ok({ shown: show(seen.value, nowMs), hasStopped });
  };
}

type Board = (seen: SeenRollout, nowMs: number) => WatchedRollout;

/** Keeps the live table of one rollout. `isNew`: it began while somebody watched, so that all is news. */
function createBoard(isNew: boolean, commands: CommandContext): Board {
  const board = new LiveBoard();
  let isFirst = true;
  let lastSignMs = 0;
  return (seen, nowMs) => {
    const { rollout, status, state } = seen;
    const events = seen.news.flatMap((one) => (one.type === 'event' ? [one.event] : []));
    if (isFirst) board.open(state.plan);
    for (const event of events) board.add(event);
    lastSignMs = Math.max(lastSignMs, Date.parse(events.at(-1)?.at ?? '') || 0);
    if (isFirst || seen.isJournalFresh) board.adopt(liveStateOf(seen, lastSignMs));
    // A simulated director has a time of its own.
    if (!isFinalEnd(state.end) && !isSimulated(state.access)) board.tick(nowMs);
    const isBacklog = isFirst && !isNew;
    isFirst = false;
    const none: readonly DrainEvent[] = [];
    return {
      rollout,
      status,
      view: board,
      backlog: isBacklog ? events : none,
      news: isBacklog ? none : events,
      summary: describeSummary(summaryOf(seen), commands),
    };
  };
}
