import type { ServicePlan } from '../../domain/rollout/plan.ts';
import { gcdOf } from '../weights/apportion.ts';
import { type RampTable, sum, weightsAt } from '../weights/ramp-table.ts';
import { exactAt } from '../weights/ramp-weights.ts';
import {
  type ChosenScale,
  chooseScale,
  keepScale,
  scaleForPlaces,
} from '../weights/weight-scale.ts';

export interface MaintenanceRampInput {
  /** The present and the target weight of each server of the request. */
  readonly moving: readonly { readonly now: number; readonly target: number }[];
  readonly bystanders: readonly number[];
  /** Fraction moved at each step, the first (0) included. */
  readonly fractions: readonly number[];
  readonly connectionsPerStep: number | undefined;
  readonly everyStepMoves: boolean;
  /** The fraction at which the ramp ends for now. */
  readonly until?: number | undefined;
  /** Somebody else puts weights of this service back: no bystander's may change. */
  readonly keepsScale?: boolean;
  /** The places of the scheduler's table, where it has one. */
  readonly places?: number | undefined;
}

export interface MaintenanceRamp {
  readonly steps: ServicePlan['steps'];
  readonly finalWeights: ServicePlan['finalWeights'];
  readonly chosen: ChosenScale;
}

/**
 * Weights of servers that all go to 0, or that all rise, in the order moving, bystanders. Nobody takes
 * over, so the sum changes. The last step is on the scale of the table as it is now: a service may stay
 * like that for days. 4 beside 4 to 0 in 4 steps, on a scale twice as fine:
 * [8, 8], [6, 8], [4, 8], [2, 8], [0, 4].
 */
export const maintenanceRamp = (input: MaintenanceRampInput): MaintenanceRamp =>
  rampOnTable(input, tableOf(input));

/** The ramp of a table that ends on the scale of the weights as they are now. */
export function rampOnTable(input: MaintenanceRampInput, table: RampTable): MaintenanceRamp {
  const { moving, bystanders, fractions } = input;
  const finalWeights = [...moving.map(({ target }) => target), ...bystanders];
  if (fractions.length <= 2 || moving.every(({ now, target }) => now === target)) {
    const present = [...moving.map(({ now }) => now), ...bystanders];
    const steps = fractions.map((_, step) => (step === 0 ? present : finalWeights));
    return { steps, finalWeights, chosen: asItIs(table, finalWeights) };
  }
  const { places, connectionsPerStep, until = 1 } = input;
  const chosen = input.keepsScale
    ? keepScale(table, fractions, connectionsPerStep)
    : places === undefined
      ? exactAt(table, until, chooseScale(table, fractions, connectionsPerStep, input))
      : scaleForPlaces(table, fractions, { places, connectionsPerStep });
  const steps = fractions.map((fraction, step) =>
    step === fractions.length - 1
      ? finalWeights
      : weightsAt(table, chosen.scale.multiplier, fraction),
  );
  const scale = { ...chosen.scale, totalWeight: Math.max(...steps.slice(0, -1).map(sum)) };
  return { steps, finalWeights, chosen: { ...chosen, scale } };
}

/**
 * The ramp table of the request: servers that go out are old ones without an heir, servers that
 * come in are new ones whose gain no old server gives.
 */
function tableOf({ moving, bystanders }: MaintenanceRampInput): RampTable {
  const now = moving.map((server) => server.now);
  const gains = moving.map((server) => server.target - server.now);
  const divisor = gcdOf([...now, ...moving.map(({ target }) => target), ...bystanders]);
  return gains.some((gain) => gain > 0)
    ? { old: [], new: now, bystanders, gains, extra: sum(gains), divisor }
    : { old: now, new: [], bystanders, gains: [], extra: 0, divisor };
}

function asItIs(table: RampTable, finalWeights: readonly number[]): ChosenScale {
  const { divisor } = table;
  const total = sum([...table.old, ...table.new, ...table.bystanders]);
  return {
    finerThanWanted: false,
    scale: {
      divisor,
      multiplier: divisor,
      totalWeight: Math.max(total, sum(finalWeights)),
      baselineTotalWeight: total,
      errorConnections: 0,
    },
  };
}
