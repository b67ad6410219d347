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

export function staleDirectors(
  directors: readonly string[],
  seen: Observation,
  nowMs: number,
): readonly string[] {
  return directors.filter((name) => {
    const live = seen.directors.get(name);
    return !live?.table || nowMs - live.table.atMs > 2 * commandLeadMs(live);
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

/** How long before a step its listing is started: time for it to be slower than usual. */
const commandLeadMs = (live: LiveDirector): number => Math.max(150, 4 * live.commandMs);
