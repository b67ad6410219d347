import { gcdOf } from './apportion.ts';
import { sum } from './ramp-table.ts';

/**
 * Computes by how many connections a server can be off its share of `connections` in a row,
 * wherever in wrr's cycle they begin, give or take the one that is indivisible. `tolerance` is the
 * part of `connections` by which that number may be wrong.
 *
 * A cycle is as long as the weights add up to, and whole cycles are exact: what counts is how far
 * the number is from them. 75/25 (3/1 reduced) goes A A A B: of 4 nobody is short, of 5 B may be by
 * 0.25, of 2 by 0.5.
 */
export function cycleError(weights: readonly number[], connections: number, tolerance = 0): number {
  const total = sum(weights);
  if (total === 0) return 0;
  const divisor = gcdOf(weights);
  const cycle = total / divisor;
  const past = connections % cycle;
  const unfinished = Math.min(connections, Math.min(past, cycle - past) + tolerance * connections);
  const descending = weights.filter((weight) => weight > 0).sort((a, b) => b - a);
  const bands = bandsOf(descending, divisor);
  let worst = 0;
  let above = 0;
  descending.forEach((weight, rank) => {
    const share = weight / total;
    const waits = (above - weight * rank) / divisor;
    worst = Math.max(
      worst,
      ahead(bands, rank, share, unfinished),
      behind(bands, rank, share, waits, unfinished),
    );
    above += weight;
  });
  return worst;
}

/**
 * wrr starts a cycle at the largest weight and goes down a level each time round. The levels at
 * which wrr finds the same servers are a band: `bands[j]` is how many connections go, in turn, to
 * the j + 1 largest ones alone. 5/3/1: [2, 4, 3].
 */
const bandsOf = (descending: readonly number[], divisor: number): readonly number[] =>
  descending.map((weight, rank) => ((weight - (descending[rank + 1] ?? 0)) / divisor) * (rank + 1));

/** The most that a server gets beyond its share: its first bands are shared with the fewest. */
function ahead(bands: readonly number[], rank: number, share: number, unfinished: number): number {
  let most = 0;
  let left = unfinished;
  for (let band = rank; band < bands.length && left > 0; band++) {
    const gain = 1 / (band + 1) - share;
    if (gain <= 0) break;
    const length = bands[band] ?? 0;
    most += Math.min(length, left) * gain;
    left -= length;
  }
  return most;
}

/**
 * The most that a server is short of: the bands above it, and before those the cycle's last ones.
 */
function behind(
  bands: readonly number[],
  rank: number,
  share: number,
  waits: number,
  unfinished: number,
): number {
  let most = Math.min(waits, unfinished) * share;
  let left = unfinished - waits;
  for (let band = bands.length - 1; band >= rank && left > 0; band--) {
    const loss = share - 1 / (band + 1);
    if (loss <= 0) break;
    const length = bands[band] ?? 0;
    most += Math.min(length, left) * loss;
    left -= length;
  }
  return most;
}
