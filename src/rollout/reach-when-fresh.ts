import type { Action } from './action.ts';
import type { Observation } from './observation.ts';

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
  const longestMs = Math.max(shortestAgeMs, leadMs(directors, seen));
  return directors.filter((name) => {
    const table = seen.directors.get(name)?.table;
    return !table || atMs - table.atMs > longestMs;
  });
}

/** Less would have a table listed again while what it shows is being written down. */
const shortestAgeMs = 300;

/**
 * How long before a step its listing is started: time for the slowest director to be slower than of
 * late. Where a command takes 60 ms, some of them take 200.
 */
export const leadMs = (directors: readonly string[], seen: Observation): number =>
  Math.max(150, ...directors.map((name) => 4 * (seen.directors.get(name)?.commandMs ?? 0)));
