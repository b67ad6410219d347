import type { ServiceKey } from '../domain/address.ts';
import type { GuardEventBody } from '../domain/events/guard-event.ts';

/** Notes the rollout that has a service, or that none has it; returns the event where that is new. */
export function noteRollout(
  rollouts: Map<ServiceKey, string>,
  service: ServiceKey,
  rollout: string | undefined,
): GuardEventBody | undefined {
  if (rollout === rollouts.get(service)) return undefined;
  if (rollout !== undefined) {
    rollouts.set(service, rollout);
    return { type: 'left-to-rollout', service, rollout };
  }
  rollouts.delete(service);
  return { type: 'guarded-again', service };
}
