import { scaleAt } from '../../domain/rollout/plan.ts';
import { rescale } from '../../planner/weights/rescale.ts';
import type { Action } from '../action.ts';
import { arrivalRate } from '../observe/arrivals.ts';
import type { Observation } from '../observe/observation.ts';
import { isIntended, withoutLost } from '../state/director-state.ts';
import type { RescaledService } from '../state/rescaled.ts';
import { directorPlan, type RolloutState } from '../state/rollout-state.ts';

/**
 * Brings the rest of the ramp to another scale, before the next step, in each service where the traffic
 * is not what the scale in force was chosen for. Nowhere while a step back is under way, nor in a
 * service where somebody else's weights stand beside those of the ramp.
 */
export function decideScale(
  state: RolloutState,
  next: number,
  seen: Observation,
): Action | undefined {
  const { plan, phase } = state;
  if (phase.kind !== 'ramping') return undefined;
  const fractions = plan.schedule.map(({ fraction }) => fraction);
  const stepS = ((plan.schedule[next]?.atMs ?? 0) - (plan.schedule[next - 1]?.atMs ?? 0)) / 1_000;
  const services = withoutLost(state.directors).flatMap(([name, director]): RescaledService[] => {
    const counts = seen.directors.get(name)?.arrivals ?? [];
    if (director.step !== next - 1 || isIntended(director, { kind: 'step', step: next })) return [];
    const others = new Set([...director.bystanders.values()].map(({ service }) => service));
    return directorPlan(state, name).services.flatMap((service): RescaledService[] => {
      const { service: key } = service;
      if (others.has(key) || director.accepted?.has(key)) return [];
      // Once a step: what was expected by then is part of what is made of the counts.
      if (service.rescaled?.at(-1)?.fromStep === next) return [];
      const expected = scaleAt(service, next).connectionsPerStep ?? 0;
      const rate = arrivalRate(counts, key, stepS > 0 ? expected / stepS : 0);
      // Without connections no scale is better than another.
      if (!rate || rate.perS === 0 || stepS === 0) return [];
      const { perS, uncertainty } = rate;
      const measured = { connectionsPerStep: perS * stepS, uncertainty };
      const rescaled = rescale(service, fractions, next, measured);
      return rescaled ? [{ director: name, service: key, ...rescaled }] : [];
    });
  });
  return services.length > 0 ? { kind: 'rescale', services } : undefined;
}
