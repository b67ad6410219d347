import type { Action } from '../action.ts';
import type { Observation } from '../observe/observation.ts';

/** Reaches the milestone on these directors, after a listing of those that were not seen just now. */
export function reachWhenListed(
  directors: readonly string[],
  seen: Observation,
  nowMs: number,
  goal: Pick<Extract<Action, { kind: 'reach' }>, 'milestone' | 'dueMs'>,
): Action {
  const isStep = 'step' in goal.milestone;
  const longestMs = isStep ? longestAgeMs(directors, seen) : shortAgeMs(directors, seen);
  const stale = olderThan(longestMs, directors, seen, nowMs);
  return stale.length > 0
    ? { kind: 'observe', directors: stale }
    : { kind: 'reach', directors, ...goal };
}

/** Those whose last listing is too old for a step at that time; all are given the time of the slowest. */
export const staleDirectors = (
  directors: readonly string[],
  seen: Observation,
  atMs: number,
): readonly string[] => olderThan(longestAgeMs(directors, seen), directors, seen, atMs);

/**
 * How long before a step its listing is started: time for the slowest director to be slower than of
 * late. Where a command takes 60 ms, some of them take 200, and on a machine that is short of processor
 * time 700. What others do after the listing is written over, unless the director can tell of it.
 */
export function leadMs(directors: readonly string[], seen: Observation): number {
  const tellChanges = directors.every((name) => seen.directors.get(name)?.tellsChanges);
  return Math.max(tellChanges ? 800 : 150, slowMs(directors, seen));
}

/** Less would have a table listed again while what it shows is being written down. */
const shortestAgeMs = 300;

const longestAgeMs = (directors: readonly string[], seen: Observation): number =>
  Math.max(shortestAgeMs, leadMs(directors, seen));

/** What is not due at a certain time needs no lead: a removal least of all. */
const shortAgeMs = (directors: readonly string[], seen: Observation): number =>
  Math.max(shortestAgeMs, slowMs(directors, seen));

const slowMs = (directors: readonly string[], seen: Observation): number =>
  Math.max(...directors.map((name) => 4 * (seen.directors.get(name)?.commandMs ?? 0)));

const olderThan = (
  ageMs: number,
  directors: readonly string[],
  seen: Observation,
  atMs: number,
): readonly string[] =>
  directors.filter((name) => {
    const table = seen.directors.get(name)?.table;
    return !table || atMs - table.atMs > ageMs;
  });
