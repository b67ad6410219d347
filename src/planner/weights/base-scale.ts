import type { ServicePlan } from '../../domain/rollout/plan.ts';
import { apportion } from './apportion.ts';
import { sum } from './ramp-table.ts';

/** The most by which a share of the service may move where the base scale is coarser: one in a hundred. */
export const shareTolerance = 0.01;

/** Of a service's plan, as much as its base scale needs. */
export type Scaled = Pick<ServicePlan, 'servers' | 'oldServers' | 'newServers' | 'scale'> & {
  readonly baseline: { readonly servers: ServicePlan['baseline']['servers'] };
};

/**
 * The weights of a service on its base scale with the shares that are in force now, in the order of
 * `servers`: every bystander has its base weight, and old and new servers split what is theirs as
 * nearly as whole weights can. Undefined where they cannot: a share would move by more than
 * `shareTolerance`, or a server that has weight would have none. Old 4 and new 4 beside a bystander's
 * 8, on a scale of 8/100: `[50, 50, 100]`. Old 13 and new 7 beside 20, on a scale of 20: undefined.
 */
export function baseScaleWeights(
  plan: Scaled,
  inForce: readonly number[],
): readonly number[] | undefined {
  const { servers, oldServers, newServers, scale, baseline } = plan;
  const before = new Map(baseline.servers.map(({ key, weight }) => [key, weight]));
  const moved = servers.map((key) => oldServers.includes(key) || newServers.includes(key));
  const theirs = inForce.filter((_, index) => moved[index]);
  const total = Math.round((sum(theirs) * scale.divisor) / scale.multiplier);
  const parts = apportion(total, theirs);
  let next = 0;
  const weights = servers.map((key, index) =>
    moved[index] ? (parts[next++] ?? 0) : (before.get(key) ?? 0),
  );
  return keepsShares(inForce, weights) ? weights : undefined;
}

function keepsShares(inForce: readonly number[], weights: readonly number[]): boolean {
  const [total, totalAfter] = [sum(inForce), sum(weights)];
  if (total === 0 || totalAfter === 0) return false;
  return inForce.every((weight, index) => {
    const after = weights[index] ?? 0;
    const isSame = weight > 0 === after > 0;
    return isSame && Math.abs(weight / total - after / totalAfter) <= shareTolerance;
  });
}
