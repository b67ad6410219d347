import type { Action } from './action.ts';
import type { LiveDirector, Observation } from './observation.ts';

/** Reaches the milestone on these directors, after a listing of those that were not seen just now. */
export function reachWhenFresh(
  directors: readonly string[],
  seen: Observation,
  nowMs: number,
  goal: Pick<Extract<Action, { kind: 'reach' }>, 'milestone' | 'dueMs'>,
): Action {
  const stale = staleDirectors(directors, seen, nowMs);
  return stale.length > 0
    ? { kind: 'observe', directors: stale }
    : { kind: 'reach', directors, ...goal };
}

/** Those whose last listing is too old for an edit at that time; all are given the time of the slowest. */
export function staleDirectors(
  directors: readonly string[],
  seen: Observation,
  atMs: number,
): readonly string[] {
  const longestMs = 2 * leadMs(directors, seen);
  return directors.filter((name) => {
    const table = seen.directors.get(name)?.table;
    return !table || atMs - table.atMs > longestMs;
  });
}

/** The longest of theirs. */
export const leadMs = (directors: readonly string[], seen: Observation): number =>
  Math.max(
    ...directors.map((name) => {
      const live = seen.directors.get(name);
      return live ? commandLeadMs(live) : 0;
    }),
  );

/** How long before a step its listing is started: time for it to be slower than of late. */
const commandLeadMs = (live: LiveDirector): number => Math.max(150, 2 * live.commandMs);
