import type { Action, Goal } from '../action.ts';
import type { Observation } from '../observe/observation.ts';

/** Reaches the milestone on these directors, after a listing of those that were not seen just now. */
export function reachWhenListed(
  directors: readonly string[],
  seen: Observation,
  nowMs: number,
  {
    milestone,
    ...rest
  }: Pick<Goal, 'milestone'> & Pick<Extract<Action, { kind: 'reach' }>, 'dueMs' | 'shiftMs'>,
): Action {
  const isStep = 'step' in milestone;
  const longestMs = isStep ? longestAgeMs(directors, seen) : shortAgeMs(directors, seen);
  const stale = olderThan(longestMs, directors, seen, nowMs);
  return stale.length > 0
    ? { kind: 'observe', directors: stale }
    : { kind: 'reach', goals: [{ milestone, directors }], ...rest };
}

/** Reaches all of these goals in one edit of each director, after one listing for all of them. */
export function reachTogether(goals: readonly Goal[], seen: Observation, nowMs: number): Action {
  const directors = [...new Set(goals.flatMap((goal) => goal.directors))];
  const stale = olderThan(shortAgeMs(directors, seen), directors, seen, nowMs);
  return stale.length > 0
    ? { kind: 'observe', directors: stale }
    : { kind: 'reach', goals, dueMs: nowMs };
}

/**
 * The directors whose last listing is too old for a step at that time, by the time of the slowest.
 */
export const staleDirectors = (
  directors: readonly string[],
  seen: Observation,
  atMs: number,
): readonly string[] => olderThan(longestAgeMs(directors, seen), directors, seen, atMs);

/**
 * The time before a step at which its listing starts: enough for the slowest director to be slower
 * than of late. Where a command takes 60 ms, some take 200, and on a machine short of processor
 * time 700. Edits by others after the listing are written over, unless the director tells of them.
 */
export function leadMs(directors: readonly string[], seen: Observation): number {
  const tellChanges = directors.every((name) => seen.directors.get(name)?.tellsChanges);
  return Math.max(tellChanges ? 800 : 150, slowMs(directors, seen));
}

/**
 * The least time for which a listing is fresh: less would list again while the intent is written.
 */
const shortestAgeMs = 300;

const longestAgeMs = (directors: readonly string[], seen: Observation): number =>
  Math.max(shortestAgeMs, leadMs(directors, seen));

/** The age limit for edits that are due at no certain time and need no lead, such as removals. */
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
