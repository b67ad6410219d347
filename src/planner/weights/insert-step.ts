import { type ServicePlan, scaleAt } from '../../domain/rollout/plan.ts';
import { finerFor, sum, weightsAt } from './ramp-table.ts';
import { type Rescaled, restOf, tableOf } from './rescale.ts';
import { placesOf } from './schedulers.ts';

/** The weights of a step between two others, and the ramp from there on where that needs a finer scale. */
export interface StepWeights {
  readonly weights: readonly number[];
  readonly rescaled?: Rescaled;
}

/**
 * The weights of a service once exactly `fraction` has moved, for a step that comes before `step` of its
 * plan. Weights that are too coarse for it are brought to a finer scale, as far as the plan lets them.
 */
export function weightsOfStep(
  plan: ServicePlan,
  {
    step,
    fraction,
    fractions,
  }: {
    readonly step: number;
    readonly fraction: number;
    /** The fractions of the plan's steps. */
    readonly fractions: readonly number[];
  },
): StepWeights {
  const table = tableOf(plan);
  const scale = scaleAt(plan, step);
  const isFixed = plan.moving === undefined || placesOf(plan) !== undefined;
  const factor = isFixed ? 1 : finerFor(table, scale.multiplier, fraction);
  const multiplier = scale.multiplier * factor;
  const weights = weightsAt(table, multiplier, fraction);
  if (factor === 1) return { weights };
  const steps = restOf(plan, table, multiplier, [fraction, ...fractions.slice(step)]);
  const totalWeight = sum(weightsAt(table, multiplier, 1));
  return {
    weights,
    rescaled: { fromStep: step, scale: { ...scale, multiplier, totalWeight }, steps },
  };
}
