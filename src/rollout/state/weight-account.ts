import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { findServer, findService, type VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { ServicePlan } from '../../domain/rollout/plan.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import { type DirectorState, reach } from './director-state.ts';
import { expectedTarget, isOnScale, scaledWeight, scaleFactor } from './expected-weights.ts';
import type { RolloutState } from './rollout-state.ts';

/**
 * The two weights of a server: its base weight, which is remembered, and the one that stands for it in
 * the table while a rollout has the service on a scale of its own. Without such a rollout they are one.
 */
export interface WeightAccount {
  baseOf(service: ServiceKey, server: ServerKey, weight: number): number;
  inForce(service: ServiceKey, server: ServerKey, base: number): number;
  /** Tells whether the weights in the table are on the scale of a ramp, which a rollback goes back from. */
  isOnScale(service: ServiceKey): boolean;
}

/** A service that an unfinished rollout has on its way. */
export interface Claimed {
  readonly rollout: string;
  readonly plan: ServicePlan;
  readonly isMove: boolean;
  readonly director: DirectorState;
}

type Unfinished = Pick<RolloutState, 'rollout' | 'plan' | 'access' | 'directors'>;

/**
 * The account of one table, from the unfinished rollouts that have weights there and from its services as
 * they are. A service with the weights from before, as a reboot brings them back, is on no scale. Pure.
 */
export function weightAccount(
  unfinished: readonly Unfinished[],
  table: string,
  live: readonly VirtualService[],
): WeightAccount {
  const claimed = claimedServices(unfinished, table, live);
  return {
    baseOf: (service, server, weight) =>
      (claimed.get(service) ?? []).reduceRight((now, claim) => baseOf(claim, server, now), weight),
    inForce: (service, server, base) =>
      (claimed.get(service) ?? []).reduce((now, claim) => inForce(claim, server, now), base),
    isOnScale: (service) =>
      (claimed.get(service) ?? []).some(({ plan, director }) => isOnScale(plan, director)),
  };
}

/**
 * The services that unfinished rollouts have on their way, each with its rollouts, the earliest first: a
 * later one began on the weights that the earlier one had left.
 */
export function claimedServices(
  unfinished: readonly Unfinished[],
  table: string,
  live: readonly VirtualService[],
): ReadonlyMap<ServiceKey, readonly Claimed[]> {
  const claimed = new Map<ServiceKey, readonly Claimed[]>();
  const inOrder = [...unfinished].sort((a, b) => (a.rollout < b.rollout ? -1 : 1));
  for (const { rollout, plan, access, directors } of inOrder) {
    const isMove = plan.move !== undefined;
    for (const { director: name, services } of plan.directors) {
      const director = directors.get(name);
      if (!director || tableOf(accessOf(access, name)) !== table) continue;
      for (const service of services) {
        const now = findService({ services: live }, service.service);
        const found = now ? asFound(service, director, now) : director;
        if (isUnderWay(service, found) && !(now && isReset(service, found, now)))
          claimed.set(service.service, [
            ...(claimed.get(service.service) ?? []),
            { rollout, plan: service, isMove, director: found },
          ]);
      }
    }
  }
  return claimed;
}

function baseOf(claim: Claimed, server: ServerKey, weight: number): number {
  if (weight === 0) return weight;
  const own = ownWeights(claim, server);
  if (own && (own.isMoved || own.inForce === weight)) return own.base;
  return isOnScale(claim.plan, claim.director)
    ? atLeastOne(weight / scaleFactor(claim.plan, claim.director))
    : weight;
}

function inForce(claim: Claimed, server: ServerKey, base: number): number {
  if (base === 0) return base;
  const own = ownWeights(claim, server);
  if (own && (own.isMoved || own.base === base)) return own.inForce;
  return isOnScale(claim.plan, claim.director)
    ? scaledWeight(claim.plan, claim.director, base)
    : base;
}

const atLeastOne = (weight: number): number => Math.max(1, Math.round(weight));

const isUnderWay = ({ service }: ServicePlan, { step, rolledBack, finished }: DirectorState) =>
  step >= 0 && !rolledBack && !finished.has(service);

/** The side of an edit on which the table is, where its process ended before it could say so. */
function asFound(plan: ServicePlan, director: DirectorState, live: VirtualService): DirectorState {
  const alike = (one: DirectorState): number =>
    [...expectedTarget(plan, one).weights].filter(
      ([server, weight]) => findServer(live, server)?.weight === weight,
    ).length;
  return director.intended
    .map((milestone) => reach(director, milestone))
    .reduce((best, one) => (alike(one) > alike(best) ? one : best), director);
}

/** Whether more servers are as before the rollout than as it has them, of those where that differs. */
function isReset(plan: ServicePlan, director: DirectorState, live: VirtualService): boolean {
  const { weights } = expectedTarget(plan, director);
  let [before, expected] = [0, 0];
  for (const server of plan.servers) {
    const was = findServer(plan.baseline, server)?.weight;
    const due = weights.get(server);
    const now = findServer(live, server)?.weight;
    if (was === due) continue;
    if (now === was) before++;
    if (now === due) expected++;
  }
  return before > expected;
}

interface OwnWeights {
  readonly base: number;
  readonly inForce: number;
  /** The rollout moves the server's weight: there is no other than its own. */
  readonly isMoved: boolean;
}

/** The weights of a server that the plan knows, whatever others have done to it since. */
function ownWeights(
  { plan, isMove, director }: Claimed,
  server: ServerKey,
): OwnWeights | undefined {
  const index = plan.servers.indexOf(server);
  if (index < 0) return undefined;
  const { weights } = expectedTarget(plan, {
    ...director,
    bystanders: new Map(),
    accepted: new Map(),
  });
  const before = findServer(plan.baseline, server)?.weight ?? 0;
  const isNew = plan.newServers.includes(server);
  const isMoved = isNew || plan.oldServers.includes(server);
  // Maintenance gives a server weight or takes it, and others may want the opposite of it.
  const isMaintenance = !isMove && (plan.oldServers.length === 0 || plan.newServers.length === 0);
  if (isMoved && isMaintenance) return undefined;
  return {
    base: isNew ? (plan.finalWeights[index] ?? before) : before,
    inForce: weights.get(server) ?? 0,
    isMoved,
  };
}
