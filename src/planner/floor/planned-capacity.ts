import type { ServerKey } from '../../domain/address.ts';
import {
  type Capacity,
  type CountedService,
  isKept,
  type ServiceFloor,
  servingOf,
  sumOf,
} from '../../domain/floor/floor.ts';
import { findServer } from '../../domain/ipvs/ipvs.ts';
import { type Plan, type ServicePlan, scaleAt } from '../../domain/rollout/plan.ts';
import { stepAt } from '../weights/curve.ts';

/** The weights of a plan's moved servers from a step on, on the scale of its baseline. */
export interface MovedWeights {
  readonly servers: readonly ServerKey[];
  readonly weights: readonly number[];
}

const movedServers = ({ oldServers, newServers }: ServicePlan): readonly ServerKey[] => [
  ...oldServers,
  ...newServers,
];

/** The moved weights from step `step` on; one behind the last is the table without old servers. */
export function movedAt(plan: ServicePlan, step: number): MovedWeights {
  const servers = movedServers(plan);
  const last = plan.steps.length - 1;
  const weights = step > last ? plan.finalWeights : (plan.steps[step] ?? []);
  const isOneSided = plan.oldServers.length === 0 || plan.newServers.length === 0;
  const { multiplier, divisor } = scaleAt(plan, step);
  // Maintenance ends on the scale of the table from before.
  const factor = step > last || (isOneSided && step === last) ? 1 : multiplier / divisor;
  return {
    servers,
    weights: servers.map((server) => (weights[plan.servers.indexOf(server)] ?? 0) / factor),
  };
}

/** The steps that are asked about, in their order; one behind the last is the end. */
export type Steps = readonly number[];

/** Tells whether any of these steps takes weight from a server. */
export function takesWeight(plan: ServicePlan, steps: Steps): boolean {
  const before = movedServers(plan).map((server) => baselineWeight(plan, server));
  return steps.some((step) =>
    movedAt(plan, step).weights.some((weight, index) => weight < (before[index] ?? 0) - 1e-6),
  );
}

/**
 * The least capacity that a service has while a plan is carried out, with everybody out who is out now.
 * Old and new servers together are never more than the old ones were: A with weight 100 that hands over to
 * B is one server of weight 100 all the time; A and B that hand over to C end as one.
 */
export function lowestCapacity(
  plan: ServicePlan,
  counted: CountedService,
  { floor: of, steps }: { readonly floor: ServiceFloor; readonly steps: Steps },
): Capacity {
  const moved = movedServers(plan);
  const isOwn = (servers: readonly ServerKey[]) => servers.some((one) => moved.includes(one));
  const own = servingOf({ parts: counted.parts.filter(({ servers }) => isOwn(servers)) });
  const others = servingOf({ parts: counted.parts.filter(({ servers }) => !isOwn(servers)) });
  const before = moved.reduce((sum, server) => sum + baselineWeight(plan, server), 0);
  if (before === 0) return sumOf([own, others]);
  const all = steps.map((step) => {
    const { weights } = movedAt(plan, step);
    const weight = weights.reduce((sum, one) => sum + one, 0);
    return sumOf([
      others,
      {
        servers: Math.min(own.servers, weights.filter((one) => one > 0).length),
        weight: own.weight * Math.min(1, weight / before),
      },
    ]);
  });
  return all.find((one) => !isKept(of, one)) ?? all.at(-1) ?? sumOf([own, others]);
}

/** The steps of a plan, and behind the last what it ends with; those after `until` are for later. */
export function stepsOf({ schedule, until }: Pick<Plan, 'schedule' | 'until'>): Steps {
  const end = until === undefined ? schedule.length : stepAt(schedule, until);
  return Array.from({ length: end + 1 }, (_, step) => step);
}

const baselineWeight = ({ baseline }: ServicePlan, server: ServerKey): number =>
  findServer(baseline, server)?.weight ?? 0;
