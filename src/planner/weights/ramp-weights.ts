import { maxWeight, totalWeight } from '../../domain/ipvs/ipvs.ts';
import type { MovingWeight, NewServer, ServicePlan } from '../../domain/rollout/plan.ts';
import type { Selection } from '../select-services.ts';
import { apportion } from './apportion.ts';
import { gainsOf, resolveCapacities } from './final-shares.ts';
import { finerFor, type RampTable, rampTable, weightsAt } from './ramp-table.ts';
import { type ChosenScale, chooseScale, keepScale, scaleForPlaces } from './weight-scale.ts';

export interface RampInput {
  readonly selection: Selection;
  /** Base weights of bystanders that are out of service and may come back. */
  readonly out?: readonly number[];
  readonly to: readonly NewServer[];
  /** Fraction moved at each step, the first (0) included. */
  readonly fractions: readonly number[];
  /** `--weight`, at least one for each new server. */
  readonly weight: number | undefined;
  readonly connectionsPerStep: number | undefined;
  /** The steps were chosen one by one: none may be rounded away. */
  readonly everyStepMoves: boolean;
  /** Somebody else puts weights of this service back: no bystander's may change. */
  readonly keepsScale?: boolean;
  /** The places of the scheduler's table, where it has one. */
  readonly places?: number | undefined;
  /** A fraction at which the ramp ends for now, perhaps for days: it is to be exact. */
  readonly until?: number | undefined;
}

export interface Ramp {
  readonly steps: ServicePlan['steps'];
  readonly finalWeights: ServicePlan['finalWeights'];
  readonly chosen: ChosenScale;
  /** Absent where the scale is to stay. */
  readonly moving?: MovingWeight;
  /** The factor of every bystander's baseline weight in the end; 1 unless 1 cannot work. */
  readonly finalScale: number;
}

/** The weights of one service at every step and in the end, in the order old, new, bystanders. */
export function rampWeights(input: RampInput): Ramp {
  const { selection, fractions, weight } = input;
  const existing = selection.new.map((server) => server.weight);
  const capacities = input.to.map((server) => server.share);
  const oldTotal = totalWeight(selection.old);
  const extra = oldTotal > 0 ? 0 : Math.max(0, (weight ?? 0) - totalWeight(selection.new));
  const gains = gainsOf(oldTotal + extra, existing, capacities);
  const table = rampTable({ ...selection, out: input.out ?? [] }, gains, extra);
  const { connectionsPerStep, everyStepMoves, keepsScale = false } = input;
  const { places, until = 1 } = input;
  const chosen = keepsScale
    ? keepScale(table, fractions, connectionsPerStep)
    : places === undefined
      ? exactAt(table, until, chooseScale(table, fractions, connectionsPerStep, { everyStepMoves }))
      : scaleForPlaces(table, fractions, { places, connectionsPerStep });
  return {
    chosen,
    ...(keepsScale ? {} : { moving: { gains, extra, everyStepMoves } }),
    steps: stepsOf(table, chosen.scale.multiplier, fractions),
    ...(weight === undefined
      ? inheritedEnd(selection, gains, keepsScale)
      : chosenEnd(selection, weight, resolveCapacities(existing, capacities))),
  };
}

/** The scale, finer where it is too coarse for a fraction that somebody asked for. */
export function exactAt(table: RampTable, fraction: number, chosen: ChosenScale): ChosenScale {
  const factor = finerFor(table, chosen.scale.multiplier, fraction);
  if (factor === 1) return chosen;
  const { multiplier, totalWeight: total } = chosen.scale;
  const scale = {
    ...chosen.scale,
    multiplier: multiplier * factor,
    totalWeight: total * factor,
  };
  return { ...chosen, scale };
}

/** Steps that change nothing are one list with the step before: of 100 small ones most are. */
export function stepsOf(
  table: RampTable,
  multiplier: number,
  fractions: readonly number[],
): ServicePlan['steps'] {
  let before: readonly number[] | undefined;
  return fractions.map((fraction) => {
    const weights = weightsAt(table, multiplier, fraction);
    if (!before?.every((weight, index) => weight === weights[index])) before = weights;
    return before;
  });
}

type End = Pick<Ramp, 'finalWeights' | 'finalScale'>;

/** The old servers' weight has become the new servers', and the bystanders have their own again. */
function inheritedEnd(selection: Selection, gains: readonly number[], keepsScale: boolean): End {
  const inherited = totalWeight(selection.old);
  const at = (finalScale: number): End => {
    const gained = apportion(inherited * finalScale, gains);
    return {
      finalScale,
      finalWeights: [
        ...selection.old.map(() => 0),
        ...selection.new.map((server, i) => server.weight * finalScale + (gained[i] ?? 0)),
        ...selection.bystanders.map((server) => server.weight * finalScale),
      ],
    };
  };
  const leavesNobodyOut = ({ finalWeights }: End): boolean =>
    finalWeights
      .slice(selection.old.length, selection.old.length + selection.new.length)
      .every((weight) => weight > 0);
  const plain = at(1);
  if (keepsScale || leavesNobodyOut(plain)) return plain;
  // Weight 1 cannot be split over three servers: a multiple of the whole service can, and changes
  // nobody's share.
  return (
    [wholeMultiple(gains), selection.new.length]
      .map(at)
      .find((end) => leavesNobodyOut(end) && Math.max(...end.finalWeights) <= maxWeight) ?? plain
  );
}

/** The smallest multiple at which all parts are whole: a third and two thirds need 3. */
function wholeMultiple(parts: readonly number[]): number {
  const isWhole = (part: number): boolean => Math.abs(part - Math.round(part)) < 1e-6;
  let multiple = 1;
  while (multiple < maxWeight && !parts.every((part) => isWhole(part * multiple))) multiple++;
  return multiple;
}

/** The end with `--weight`: the weight is split by capacity, and every new server gets some. */
function chosenEnd(selection: Selection, weight: number, shares: readonly number[]): End {
  const split = apportion(weight, shares);
  const filled = split.every((part) => part > 0)
    ? split
    : apportion(weight - shares.length, shares).map((part) => part + 1);
  return {
    finalScale: 1,
    finalWeights: [
      ...selection.old.map(() => 0),
      ...filled,
      ...selection.bystanders.map((server) => server.weight),
    ],
  };
}
