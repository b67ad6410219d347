import type { ServiceKey } from '../../domain/address.ts';
import type { ServicePlan } from '../../domain/rollout/plan.ts';
import type { Rescaled } from '../../planner/weights/rescale.ts';
import type { RolloutState } from './rollout-state.ts';

/** A service of one director whose ramp goes on at another scale. */
export interface RescaledService extends Rescaled {
  readonly director: string;
  readonly service: ServiceKey;
}

/** The state with the steps of one service on another scale from one step on. */
export function withScale(
  state: RolloutState,
  { director: name, service: key, fromStep, scale, steps }: RescaledService,
): RolloutState {
  const rescaled = (service: ServicePlan): ServicePlan => ({
    ...service,
    steps: [...service.steps.slice(0, fromStep), ...steps],
    rescaled: [
      ...(service.rescaled ?? []).filter((one) => one.fromStep < fromStep),
      { fromStep, scale },
    ],
  });
  const directors = state.plan.directors.map((one) =>
    one.director === name
      ? {
          ...one,
          services: one.services.map((service) =>
            service.service === key ? rescaled(service) : service,
          ),
        }
      : one,
  );
  return { ...state, plan: { ...state.plan, directors } };
}
