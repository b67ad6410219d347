import { maxWeight } from '../../domain/ipvs/ipvs.ts';
import { apportion, gcdOf } from './apportion.ts';

/** The baseline of one service as the ramp sees it, and how its weights move. */
export interface RampTable {
  /** Baseline weights. Together the three lists are the whole service. */
  readonly old: readonly number[];
  readonly new: readonly number[];
  readonly bystanders: readonly number[];
  /**
   * Weight that each new server gains by the end, at baseline scale; need not be whole. Below 0 where it
   * loses weight, in a table without old servers.
   */
  readonly gains: readonly number[];
  /**
   * Weight that moves although no old server holds it: with old servers that are quiesced already,
   * `--weight` comes on top of the service.
   */
  readonly extra: number;
  /**
   * The weights' common divisor, also with those that may come back: `weight / divisor` is the coarsest
   * table with the same shares.
   */
  readonly divisor: number;
}

export function rampTable(
  selection: Readonly<
    Record<'old' | 'new' | 'bystanders', readonly { readonly weight: number }[]>
  > & { readonly out: readonly number[] },
  gains: readonly number[],
  extra: number,
): RampTable {
  const weights = (servers: readonly { readonly weight: number }[]): number[] =>
    servers.map((server) => server.weight);
  const old = weights(selection.old);
  const filled = weights(selection.new);
  const bystanders = weights(selection.bystanders);
  return {
    old,
    new: filled,
    bystanders,
    gains,
    extra,
    divisor: gcdOf([...old, ...filled, ...bystanders, ...selection.out, extra]),
  };
}

/**
 * The table of servers that go to other weights with nobody to hand over: what they gain and what they lose
 * moves alike. 100 to 50 and 0 to 20, beside 100, moves 70.
 */
export function moveTable(
  moving: readonly { readonly now: number; readonly target: number }[],
  { bystanders, out }: { readonly bystanders: readonly number[]; readonly out: readonly number[] },
): RampTable {
  const now = moving.map((server) => server.now);
  const gains = moving.map((server) => server.target - server.now);
  return {
    ...{ old: [], new: now, bystanders, gains },
    extra: sum(gains.map(Math.abs)),
    divisor: gcdOf([...now, ...moving.map(({ target }) => target), ...bystanders, ...out]),
  };
}

/** The weight that the ramp moves, at baseline scale. */
export const poolOf = (table: RampTable): number => sum(table.old) + table.extra;

/**
 * The weights in the order old, new, bystanders once `fraction` has moved, with every baseline weight
 * multiplied by `multiplier / divisor`. Old [4], new [0], bystanders [4], multiplier 4:
 * at 0 [4, 0, 4], at 0.25 [3, 1, 4], at 1 [0, 4, 4].
 */
export function weightsAt(table: RampTable, multiplier: number, fraction: number): number[] {
  const scaled = (weight: number): number => (weight / table.divisor) * multiplier;
  const pool = scaled(poolOf(table));
  const moved = Math.round(fraction * pool);
  const gained = apportion(moved, table.gains.map(Math.abs));
  const old = table.old.map(scaled);
  // A list that is spread together has room for twice as many weights, and a plan has many lists.
  return (table.extra > 0 ? old : apportion(pool - moved, old)).concat(
    table.new.map((weight, index) => {
      const part = gained[index] ?? 0;
      return scaled(weight) + ((table.gains[index] ?? 0) < 0 ? -part : part);
    }),
    table.bystanders.map(scaled),
  );
}

/** The part of the moved weight by which a step that somebody asks for by itself may be off. */
const askedTolerance = 0.005;

/** A scale that many times as fine is looked for at most. */
const mostTimesFiner = 20;

/**
 * The smallest factor that makes a scale fine enough for exactly this fraction, 1 where none does: 30 % of
 * weight 1 needs 10, 30 % of weight 4 needs 5.
 */
export function finerFor(table: RampTable, multiplier: number, fraction: number): number {
  const pool = (poolOf(table) / table.divisor) * multiplier;
  const total = sum([...table.old, ...table.new, ...table.bystanders]) + table.extra;
  for (let factor = 1; factor <= mostTimesFiner; factor++) {
    if ((total / table.divisor) * multiplier * factor > maxWeight) return 1;
    const moved = Math.round(fraction * pool * factor) / (pool * factor);
    if (Math.abs(moved - fraction) <= askedTolerance) return factor;
  }
  return 1;
}

/** The intended weights once `fraction` has moved, with nothing rounded, at baseline scale. */
export function intendedAt(table: RampTable, fraction: number): number[] {
  return table.old
    .map((weight) => weight * (1 - fraction))
    .concat(
      table.new.map((weight, index) => weight + fraction * (table.gains[index] ?? 0)),
      table.bystanders,
    );
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
