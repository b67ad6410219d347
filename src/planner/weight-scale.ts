import { maxWeight } from '../domain/ipvs.ts';
import type { WeightScale } from '../domain/plan.ts';
import { gcdOf } from './apportion.ts';
import { intendedAt, poolOf, type RampTable, sum, weightsAt } from './ramp-table.ts';

export interface ChosenScale {
  readonly scale: WeightScale;
  /** A coarser scale would serve this traffic better, but would change somebody's share. */
  readonly finerThanWanted: boolean;
}

/** Assumed when nothing is known about the traffic: a service that slow wants a short cycle. */
const defaultConnectionsPerStep = 100;

/** Steps looked at when a candidate is judged; enough to meet every region of a curve. */
const judgedSteps = 12;

/** A cycle this many times longer than a step's connections never comes round: not worth judging. */
const longestCycle = 4;

/**
 * How fine the weights of a service should be during a ramp.
 *
 * wrr (ip_vs_wrr.c) delivers a share exactly over a whole cycle, as many connections as the weights
 * add up to once their common divisor is taken out, and in bursts within it: 99/1 is 99 in a row. A
 * scale that is too coarse cannot say "35 %"; one that is too fine does not come round within a step.
 * So each candidate is judged by what both cost at the rate that is really there (`undefined`: not
 * known), and the best wins; among equals the coarser. With `everyStepMoves`, for percentages that
 * somebody chose one by one, no step may be rounded away. Needs a total weight above 0.
 */
export function chooseScale(
  table: RampTable,
  fractions: readonly number[],
  connectionsPerStep: number | undefined,
  everyStepMoves = false,
): ChosenScale {
  const connections = Math.max(1, connectionsPerStep ?? defaultConnectionsPerStep);
  const judged = spread(fractions, judgedSteps);
  const coarsest = intendedAt(table, 1).map((weight) => weight / table.divisor);
  const coarsestTotal = sum([...table.old, ...table.new, ...table.bystanders]) / table.divisor;
  const largest = Math.max(poolOf(table) / table.divisor, coarsestTotal, ...coarsest);

  const pool = poolOf(table) / table.divisor;
  const moves = (multiplier: number): boolean =>
    !everyStepMoves || isRising(fractions, pool * multiplier);
  const judge = (multiplier: number): number =>
    moves(multiplier) ? worstError(table, multiplier, judged, connections) : Number.MAX_VALUE;
  let best = { multiplier: 1, error: judge(1) };
  for (const multiplier of candidates(pool, fractions.length - 1)) {
    if (multiplier * largest > maxWeight) break;
    const endless = multiplier * largest > longestCycle * connections;
    if (endless && best.error < Number.MAX_VALUE) break;
    const error = judge(multiplier);
    if (error < best.error - 1e-9) best = { multiplier, error };
  }
  // Where no scale has room for every step, it is still known how far off the shares are.
  const error =
    best.error < Number.MAX_VALUE
      ? best.error
      : worstError(table, best.multiplier, judged, connections);
  return {
    finerThanWanted: best.multiplier === 1 && coarsestTotal > 2 * connections,
    scale: {
      multiplier: best.multiplier,
      divisor: table.divisor,
      totalWeight: sum(weightsAt(table, best.multiplier, 1)),
      baselineTotalWeight: sum([...table.old, ...table.new, ...table.bystanders]),
      errorConnections: Math.round(error * 10) / 10,
      ...(connectionsPerStep === undefined
        ? {}
        : { connectionsPerStep: Math.round(connectionsPerStep) }),
    },
  };
}

/** Whether every step moves at least one more unit of weight than the one before. */
const isRising = (fractions: readonly number[], pool: number): boolean =>
  fractions.every((fraction, index) => {
    const before = fractions[index - 1];
    return before === undefined || Math.round(fraction * pool) > Math.round(before * pool);
  });

/**
 * Multipliers worth judging, ascending: the small ones, those that make the pool a multiple of the
 * number of steps or of 100 (then every step of a line, or of percentages, is exact), and a
 * geometric series for the rest.
 */
function candidates(pool: number, steps: number): readonly number[] {
  const found = new Set<number>();
  for (let multiplier = 1; multiplier <= 12; multiplier++) found.add(multiplier);
  for (const parts of [steps, 100]) {
    const exact = parts / gcdOf([parts, pool]);
    for (let times = 1; times <= 3; times++) found.add(exact * times);
  }
  for (let multiplier = 14; multiplier <= maxWeight; multiplier = Math.ceil(multiplier * 1.3)) {
    found.add(multiplier);
  }
  return [...found].sort((a, b) => a - b);
}

/** The worst step's error in connections: what rounding the weights costs plus an unfinished cycle. */
function worstError(
  table: RampTable,
  multiplier: number,
  fractions: readonly number[],
  connections: number,
): number {
  let worst = 0;
  for (const fraction of fractions) {
    const weights = weightsAt(table, multiplier, fraction);
    const error =
      connections * roundingError(weights, intendedAt(table, fraction)) +
      cycleError(weights, connections);
    if (error > worst) worst = error;
  }
  return worst;
}

/** The largest difference between a server's share and the one it should have. */
function roundingError(weights: readonly number[], intended: readonly number[]): number {
  const total = sum(weights);
  const intendedTotal = sum(intended);
  let worst = 0;
  weights.forEach((weight, index) => {
    const share = total === 0 ? 0 : weight / total;
    const wanted = intendedTotal === 0 ? 0 : (intended[index] ?? 0) / intendedTotal;
    worst = Math.max(worst, Math.abs(share - wanted));
  });
  return worst;
}

/**
 * How many connections a server can be short of its share before its turn comes. wrr starts a cycle
 * at the largest weight and goes down a level each time round, so a server waits for everything that
 * the others hold above it: 75/25 (3/1 reduced) waits for 2 connections, short by 2 x 1/4 = 0.5.
 */
export function cycleError(weights: readonly number[], connections: number): number {
  const divisor = gcdOf(weights);
  const total = sum(weights);
  if (total === 0) return 0;
  const descending = [...weights].sort((a, b) => b - a);
  let worst = 0;
  let above = 0;
  descending.forEach((weight, index) => {
    const waits = (above - weight * index) / divisor;
    worst = Math.max(worst, (Math.min(waits, connections) * weight) / total);
    above += weight;
  });
  return worst;
}

/** At most `count` of the values, evenly spread, first and last included. */
function spread(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values;
  return Array.from(
    { length: count },
    (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))] ?? 0,
  );
}
