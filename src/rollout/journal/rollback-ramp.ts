import { findServer } from '../../domain/ipvs/ipvs.ts';
import { isHandOver } from '../../domain/rollout/maintenance.ts';
import { type RollbackRamp, type ServicePlan, scaleAt } from '../../domain/rollout/plan.ts';
import { type RollbackRampRequest, rollbackRamp } from '../../planner/weights/rollback-ramp.ts';
import { placesOf } from '../../planner/weights/schedulers.ts';
import type { RollbackPace } from '../requests.ts';
import type { DirectorState } from '../state/director-state.ts';
import { directorState, lastStep, type RolloutState } from '../state/rollout-state.ts';

/**
 * The rollback ramp from where each director is, on the plan's own scale. `undefined` where there
 * is none: nothing has been moved yet, or a rollback is under way already.
 */
export function rollbackRampFrom(
  state: RolloutState,
  pace: RollbackPace,
): RollbackRamp | undefined {
  const { plan } = state;
  const directors = [...state.directors.values()];
  if (directors.some(({ rolledBack, back }) => rolledBack || back)) return undefined;
  const steps = directors.map((director) => currentStep(director, state));
  if (steps.every((step) => step < 0)) return undefined;
  return rollbackRamp({
    ...pace,
    movedFraction: Math.max(0, ...steps.map((step) => plan.schedule[step]?.fraction ?? 0)),
    directors: plan.directors.map((directorPlan) => {
      const director = directorState(state, directorPlan);
      return {
        director: directorPlan.director,
        services: directorPlan.services.map((service) => serviceBack(service, director, state)),
      };
    }),
  });
}

function serviceBack(
  plan: ServicePlan,
  director: DirectorState,
  state: RolloutState,
): RollbackRampRequest {
  const step = currentStep(director, state);
  // Maintenance and moves end on the scale of the table from before, so that is where their way back is.
  const ended = !isHandOver(state.plan) && step === lastStep(state.plan);
  const to = ended ? baselineWeights(plan) : startWeights(plan, step);
  // Somebody's edit of a bystander stands as it is, so the others must keep their scale beside it.
  const changed = [...director.bystanders.values()].some(({ service }) => service === plan.service);
  return {
    service: plan.service,
    from: plan.steps[step] ?? to,
    to,
    mayRescale: !changed && plan.managedBy === undefined && placesOf(plan) === undefined,
  };
}

const baselineWeights = ({ servers, baseline }: ServicePlan): readonly number[] =>
  servers.map((key) => findServer(baseline, key)?.weight ?? 0);

/** Weights from before anything moved, on the scale of a step. */
function startWeights(plan: ServicePlan, step: number): readonly number[] {
  const { multiplier, divisor } = scaleAt(plan, step);
  return plan.rescaled
    ? baselineWeights(plan).map((weight) => (weight * multiplier) / divisor)
    : (plan.steps[0] ?? []);
}

/**
 * The step whose shares are in force: the last one once servers are removed, whatever the scale.
 */
const currentStep = (director: DirectorState, { plan }: RolloutState): number =>
  Math.min(director.step, lastStep(plan));
