import { maxWeight } from '../../domain/ipvs/ipvs.ts';
import type { WeightScale } from '../../domain/rollout/plan.ts';
import { gcdOf } from './apportion.ts';
import { cycleError } from './cycle-error.ts';
import { intendedAt, poolOf, type RampTable, sum, weightsAt } from './ramp-table.ts';

export interface ChosenScale {
  readonly scale: WeightScale;
  /** A coarser scale would serve this traffic better, but would change somebody's share. */
  readonly finerThanWanted: boolean;
}

export interface ScaleTerms {
  /** The steps were chosen one by one: none may be rounded away. */
  readonly everyStepMoves?: boolean;
  /** The part by which the connections a step may be wrong, where they were measured. */
  readonly uncertainty?: number;
  /** Steps of the whole ramp, of which `fractions` may be the rest. */
  readonly steps?: number;
}

/** Connections assumed where the traffic is not known: a service that slow wants a short cycle. */
export const assumedConnectionsPerStep = 100;

/**
 * Steps examined when a candidate is judged. A dozen would be quicker and miss the worst ones: on
 * 30 equal steps, eleven units of weight are a sixth of a unit off at the steps that a dozen hits,
 * and half of one elsewhere.
 */
const judgedSteps = 40;

/**
 * The part of a step's connections by which the estimate of their number may be wrong. Without it,
 * a cycle as long as a step would look exact, and be the worst with one connection more.
 */
const rateTolerance = 0.05;

/** The same where connections were counted: no step has exactly as many as the one before. */
const countTolerance = 0.02;

const toleranceOf = (uncertainty: number | undefined): number =>
  uncertainty === undefined ? rateTolerance : Math.max(countTolerance, uncertainty);

/** A cycle this many times longer than a step's connections never comes round: not worth judging. */
const longestCycle = 4;

/**
 * Chooses how fine the weights of a service are during a ramp.
 *
 * wrr (ip_vs_wrr.c) delivers a share exactly over a whole cycle, as many connections as the weights
 * add up to once their common divisor is taken out, and in bursts within it: 99/1 is 99 in a row. A
 * scale that is too coarse cannot say "35 %"; one that is too fine does not come round within a
 * step; one whose cycle comes round a whole number of times in a step leaves nothing over. So each
 * candidate is judged by what all that costs at the rate that is really there (`undefined`: not
 * known), and the best wins; among equals the coarser: 5 connections a step and weights that add up
 * to 5 are never off by more than half a connection. With `everyStepMoves`, for percentages that
 * somebody chose one by one, no step may be rounded away. Needs a total weight above 0.
 */
export function chooseScale(
  table: RampTable,
  fractions: readonly number[],
  connectionsPerStep: number | undefined,
  { everyStepMoves = false, uncertainty, steps = fractions.length - 1 }: ScaleTerms = {},
): ChosenScale {
  const connections = Math.max(1, connectionsPerStep ?? assumedConnectionsPerStep);
  const tolerance = connectionsPerStep === undefined ? 1 : toleranceOf(uncertainty);
  const judged = spread(fractions, judgedSteps);
  const coarsest = intendedAt(table, 1).map((weight) => weight / table.divisor);
  const coarsestTotal = sum([...table.old, ...table.new, ...table.bystanders]) / table.divisor;
  const largest = Math.max(poolOf(table) / table.divisor, coarsestTotal, ...coarsest);

  const pool = poolOf(table) / table.divisor;
  const moves = (multiplier: number): boolean =>
    !everyStepMoves || isRising(fractions, pool * multiplier);
  const expected = { connections, tolerance };
  const judge = (multiplier: number, limit: number): number =>
    moves(multiplier) ? worstError(table, multiplier, judged, expected, limit) : Number.MAX_VALUE;
  let best = { multiplier: 1, error: judge(1, Number.MAX_VALUE) };
  const cyclesPerStep = connections / Math.max(pool, coarsestTotal);
  for (const multiplier of candidates(pool, steps, cyclesPerStep)) {
    if (multiplier * largest > maxWeight) break;
    const endless = multiplier * largest > longestCycle * connections;
    if (endless && best.error < Number.MAX_VALUE) break;
    const error = judge(multiplier, best.error);
    if (error < best.error - 1e-9) best = { multiplier, error };
  }
  // Where no scale has room for every step, it is still known how far off the shares are.
  const error =
    best.error < Number.MAX_VALUE
      ? best.error
      : worstError(table, best.multiplier, judged, expected, Number.MAX_VALUE);
  return {
    finerThanWanted: best.multiplier === 1 && coarsestTotal > 2 * connections,
    scale: scaleOf(table, best.multiplier, { error, connectionsPerStep }),
  };
}

/**
 * The scale of the table as it is, for a service whose weights somebody puts back one by one: a server
 * that comes back with its weight from before is to have its share from before.
 */
export function keepScale(
  table: RampTable,
  fractions: readonly number[],
  connectionsPerStep: number | undefined,
): ChosenScale {
  const connections = Math.max(1, connectionsPerStep ?? assumedConnectionsPerStep);
  const tolerance = connectionsPerStep === undefined ? 1 : rateTolerance;
  const { divisor } = table;
  const judged = spread(fractions, judgedSteps);
  const error = worstError(table, divisor, judged, { connections, tolerance }, Number.MAX_VALUE);
  return {
    finerThanWanted: false,
    scale: scaleOf(table, divisor, { error, connectionsPerStep }),
  };
}

/**
 * The finest scale whose weights find room in so many places: a table of places comes round at once, so
 * finer weights cost nothing, and the finest leave the fewest places over, which go to whoever is first.
 */
export function scaleForPlaces(
  table: RampTable,
  fractions: readonly number[],
  {
    places,
    connectionsPerStep,
  }: { readonly places: number; readonly connectionsPerStep: number | undefined },
): ChosenScale {
  const judged = spread(fractions, judgedSteps);
  const largest = Math.max(...judged.map((fraction) => sum(intendedAt(table, fraction))));
  const multiplier = Math.max(1, Math.floor((places * table.divisor) / largest));
  const connections = Math.max(1, connectionsPerStep ?? assumedConnectionsPerStep);
  const errors = judged.map((fraction) => {
    const weights = weightsAt(table, multiplier, fraction);
    const shareOver = (places % Math.max(1, sum(weights))) / places;
    return connections * (roundingError(weights, intendedAt(table, fraction)) + shareOver);
  });
  return {
    finerThanWanted: false,
    scale: scaleOf(table, multiplier, { error: Math.max(...errors), connectionsPerStep }),
  };
}

function scaleOf(
  table: RampTable,
  multiplier: number,
  found: { readonly error: number; readonly connectionsPerStep: number | undefined },
): WeightScale {
  const { error, connectionsPerStep } = found;
  return {
    multiplier,
    divisor: table.divisor,
    totalWeight: sum(weightsAt(table, multiplier, 1)),
    baselineTotalWeight: sum([...table.old, ...table.new, ...table.bystanders]),
    errorConnections: Math.round(error * 10) / 10,
    ...(connectionsPerStep === undefined
      ? {}
      : { connectionsPerStep: Math.round(connectionsPerStep) }),
  };
}

/** Computes by how many connections a scale's worst step is off, at a rate that was measured. */
export const scaleError = (
  table: RampTable,
  multiplier: number,
  fractions: readonly number[],
  { connectionsPerStep, uncertainty }: Measured,
): number =>
  worstError(
    table,
    multiplier,
    spread(fractions, judgedSteps),
    {
      connections: Math.max(1, connectionsPerStep),
      tolerance: toleranceOf(uncertainty),
    },
    Number.MAX_VALUE,
  );

/** Connections that really arrive in a step, and the part by which that number may be wrong. */
export interface Measured {
  readonly connectionsPerStep: number;
  readonly uncertainty: number;
}

/** Tells whether every step moves at least one more unit of weight than the one before. */
const isRising = (fractions: readonly number[], pool: number): boolean =>
  fractions.every((fraction, index) => {
    const before = fractions[index - 1];
    return before === undefined || Math.round(fraction * pool) > Math.round(before * pool);
  });

/**
 * Multipliers worth judging, ascending: the small ones, those that make the pool a multiple of the
 * number of steps or of 100 (then every step of a line, or of percentages, is exact), those whose
 * cycle is a whole part of a step's connections, and a geometric series for the rest.
 */
function candidates(pool: number, steps: number, cyclesPerStep: number): readonly number[] {
  const found = new Set<number>();
  for (let multiplier = 1; multiplier <= 12; multiplier++) found.add(multiplier);
  for (const parts of [steps, 100]) {
    const exact = Math.max(1, parts / gcdOf([parts, pool]));
    for (let times = 1; times <= 3; times++) found.add(exact * times);
  }
  for (let times = 1; times <= 4; times++) {
    found.add(Math.max(1, Math.round(cyclesPerStep / times)));
  }
  for (let multiplier = 14; multiplier <= maxWeight; multiplier = Math.ceil(multiplier * 1.3)) {
    found.add(multiplier);
  }
  return [...found].sort((a, b) => a - b);
}

interface Expected {
  /** New connections in a step. */
  readonly connections: number;
  /** The part of `connections` by which that number may be wrong. */
  readonly tolerance: number;
}

/**
 * The worst step's error in connections: what rounding the weights costs plus an unfinished cycle.
 * Stops at `limit`: a candidate that is as bad as that has lost.
 */
function worstError(
  table: RampTable,
  multiplier: number,
  fractions: readonly number[],
  { connections, tolerance }: Expected,
  limit: number,
): number {
  let worst = 0;
  for (const fraction of fractions) {
    const weights = weightsAt(table, multiplier, fraction);
    const error =
      connections * roundingError(weights, intendedAt(table, fraction)) +
      cycleError(weights, connections, tolerance);
    if (error > worst) worst = error;
    if (worst >= limit) break;
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

/** At most `count` of the values, evenly spread, first and last included. */
function spread(values: readonly number[], count: number): readonly number[] {
  if (values.length <= count) return values;
  return Array.from(
    { length: count },
    (_, i) => values[Math.round((i * (values.length - 1)) / (count - 1))] ?? 0,
  );
}
