import type { ServiceKey } from '../../domain/address.ts';
import type { ServicePlan } from '../../domain/rollout/plan.ts';
import type { DirectorState, Milestone } from './director-state.ts';
import type { RolloutState } from './rollout-state.ts';

/** A step that comes between two of a plan: the steps from `step` on move back by one. */
export interface InsertedStep {
  readonly step: number;
  /** The time at which the step is due, in milliseconds after step 0. */
  readonly dueMs: number;
  readonly fraction: number;
  /** The weights of every service on every director, as the steps of the plan have them. */
  readonly services: readonly {
    readonly director: string;
    readonly service: ServiceKey;
    readonly weights: readonly number[];
  }[];
}

/** The state with one more step, which no director has reached. */
export function withStep(
  state: RolloutState,
  { step, dueMs, fraction, services }: InsertedStep,
): RolloutState {
  const { plan, directors, manualDone, manualStep } = state;
  const moved = (number: number): number => (number >= step ? number + 1 : number);
  const weightsOf = (director: string, { service, steps }: ServicePlan): readonly number[] =>
    services.find((one) => one.director === director && one.service === service)?.weights ??
    steps[step] ??
    [];
  return {
    ...state,
    manualDone: moved(manualDone),
    ...(manualStep === undefined ? {} : { manualStep: moved(manualStep) }),
    plan: {
      ...plan,
      schedule: plan.schedule.toSpliced(step, 0, { atMs: dueMs, fraction }),
      directors: plan.directors.map((director) => ({
        ...director,
        services: director.services.map((service) => ({
          ...service,
          steps: service.steps.toSpliced(step, 0, weightsOf(director.director, service)),
          ...(service.rescaled
            ? {
                rescaled: service.rescaled.map((one) => ({
                  ...one,
                  fromStep: one.fromStep > step ? one.fromStep + 1 : one.fromStep,
                })),
              }
            : {}),
        })),
      })),
    },
    directors: new Map(
      [...directors].map(([name, director]) => [name, withStepMoved(director, moved)]),
    ),
  };
}

const withStepMoved = (
  director: DirectorState,
  moved: (step: number) => number,
): DirectorState => ({
  ...director,
  step: moved(director.step),
  intended: director.intended.map(
    (one): Milestone => (one.kind === 'step' ? { ...one, step: moved(one.step) } : one),
  ),
});
