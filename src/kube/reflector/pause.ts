const shortestPauseMs = 800;
const longestPauseMs = 30_000;

/**
 * The pause after so many failures in a row, with up to as much again by `random` (0 to 1), so that many
 * watchers do not come back at once: from 0.8 to 1.6 s after the first, 30 to 60 s from the seventh on.
 */
export function pauseMs(failures: number, random: number): number {
  const doubled = shortestPauseMs * 2 ** Math.min(failures - 1, 10);
  return Math.round(Math.min(doubled, longestPauseMs) * (1 + random));
}
