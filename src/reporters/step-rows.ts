import type { StepShare } from '../record/step-shares.ts';
import { grouped, percent } from './text/amounts.ts';

/** Planned, delivered and new connections of a step in one service, as tables show them. */
export const shareCells = (share: StepShare | undefined): readonly string[] =>
  share
    ? [
        percent(share.planned, 1),
        share.delivered === undefined ? '' : percent(share.delivered, 1),
        grouped(share.connections),
      ]
    : ['', '', ''];

/** Picks at most `most` items evenly, always with the first and the last. */
export function someEvenly<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  const rows = Array.from({ length: most }, (_, row) => row);
  return rows.flatMap((row) => {
    const index = Math.round((row * (all.length - 1)) / (most - 1));
    return all.slice(index, index + 1);
  });
}
