import type { ServerKey } from '../domain/address.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { Change, RealServer, VirtualService } from '../domain/ipvs.ts';
import { findServer } from '../domain/ipvs.ts';
import type { DirectorPlan, ServicePlan } from '../domain/plan.ts';
import { type DirectorState, drainKey, type Milestone } from './journal.ts';

/** How one service should look: every server that should be there with its weight, and the scheduler. */
export interface ServiceTarget {
  readonly plan: ServicePlan;
  readonly scheduler: string;
  readonly weights: ReadonlyMap<ServerKey, number>;
}

/** The table that stands when the journal is right, before anything it only intends. */
export function standingTarget(plan: ServicePlan, director: DirectorState): ServiceTarget {
  if (director.returned) return returnTarget(plan, director);
  if (director.step < 0) return baselineTarget(plan);
  const weights = director.finished.has(plan.service)
    ? finalWeights(plan, director)
    : stepWeights(plan, director, director.step);
  return { plan, scheduler: plan.scheduler, weights: present(plan, director, weights) };
}

/** The table that a milestone stands for; `undefined` when it does not concern this service. */
export function milestoneTarget(
  plan: ServicePlan,
  director: DirectorState,
  milestone: Milestone,
): ServiceTarget | undefined {
  switch (milestone.kind) {
    case 'step': {
      const weights = stepWeights(plan, director, milestone.step);
      return { plan, scheduler: plan.scheduler, weights: present(plan, director, weights) };
    }
    case 'retire': {
      if (milestone.service !== plan.service) return undefined;
      const standing = standingTarget(plan, director);
      const weights = new Map(
        milestone.last ? present(plan, director, finalWeights(plan, director)) : standing.weights,
      );
      for (const server of milestone.servers) weights.delete(server);
      return { ...standing, weights };
    }
    case 'return':
      return returnTarget(plan, director);
    default:
      return assertNever(milestone);
  }
}

/** All services that a milestone concerns. */
export function milestoneTargets(
  plan: DirectorPlan,
  director: DirectorState,
  milestone: Milestone,
): readonly ServiceTarget[] {
  return plan.services.flatMap((service) => milestoneTarget(service, director, milestone) ?? []);
}

function baselineTarget(plan: ServicePlan): ServiceTarget {
  return {
    plan,
    scheduler: plan.baseline.scheduler,
    weights: new Map(plan.baseline.servers.map((server) => [server.key, server.weight])),
  };
}

function returnTarget(plan: ServicePlan, director: DirectorState): ServiceTarget {
  const weights = new Map(plan.baseline.servers.map((server) => [server.key, server.weight]));
  // What was never filled need not be drained: it goes at once.
  for (const added of director.step < 0 ? [] : plan.added) {
    if (!director.removed.has(drainKey(plan.service, added.key))) weights.set(added.key, 0);
  }
  return {
    plan,
    scheduler: plan.baseline.scheduler,
    weights: withBystanders(plan, director, weights, 'baseline'),
  };
}

const stepWeights = (
  plan: ServicePlan,
  director: DirectorState,
  step: number,
): Map<ServerKey, number> =>
  withBystanders(plan, director, weightMap(plan, plan.steps[step] ?? []), 'ramp');

const finalWeights = (plan: ServicePlan, director: DirectorState): Map<ServerKey, number> =>
  withBystanders(plan, director, weightMap(plan, plan.finalWeights), 'baseline');

const weightMap = (plan: ServicePlan, weights: readonly number[]): Map<ServerKey, number> =>
  new Map(plan.servers.map((server, index) => [server, weights[index] ?? 0]));

/** Somebody else's edit of a bystander stands: the rollout works around it. */
function withBystanders(
  plan: ServicePlan,
  director: DirectorState,
  weights: Map<ServerKey, number>,
  scale: 'ramp' | 'baseline',
): Map<ServerKey, number> {
  for (const bystander of director.bystanders.values()) {
    const { service, server, weight, onRampScale } = bystander;
    if (service !== plan.service) continue;
    if (weight === null) weights.delete(server);
    else weights.set(server, onRampScale && scale === 'baseline' ? takeBack(plan, weight) : weight);
  }
  return weights;
}

/** A weight that somebody chose on the ramp's scale, on the baseline's: 50 of 1,000 is 5 of 100. */
function takeBack(plan: ServicePlan, weight: number): number {
  const { multiplier, divisor } = plan.scale;
  return weight === 0 ? 0 : Math.max(1, Math.round((weight * divisor) / multiplier));
}

function present(
  plan: ServicePlan,
  director: DirectorState,
  weights: Map<ServerKey, number>,
): Map<ServerKey, number> {
  for (const server of plan.servers) {
    if (director.removed.has(drainKey(plan.service, server))) weights.delete(server);
  }
  return weights;
}

/**
 * The edits that turn the live service into the target: none where it stands already, because each
 * edit moves the scheduler's cursor. Attributes come from the live table, so that an edit of a weight
 * never undoes what somebody did to a threshold.
 */
export function changesTo(target: ServiceTarget, live: VirtualService): readonly Change[] {
  const { plan } = target;
  const changes: Change[] = [];
  if (live.scheduler !== target.scheduler) {
    const back = target.scheduler === plan.baseline.scheduler;
    changes.push({
      kind: 'set-scheduler',
      service: {
        ...live,
        scheduler: target.scheduler,
        schedulerFlags: back ? plan.baseline.schedulerFlags : [],
      },
    });
  }
  for (const [key, weight] of target.weights) {
    const server = findServer(live, key);
    if (!server) {
      const added = serverToAdd(plan, key);
      if (added) {
        changes.push({ kind: 'add-server', service: plan.service, server: { ...added, weight } });
      }
    } else if (server.weight !== weight) {
      changes.push({ kind: 'set-weight', service: plan.service, server: { ...server, weight } });
    }
  }
  for (const server of live.servers) {
    if (!target.weights.has(server.key) && plan.servers.includes(server.key)) {
      changes.push({ kind: 'remove-server', service: plan.service, server });
    }
  }
  return changes;
}

const serverToAdd = (plan: ServicePlan, key: ServerKey): RealServer | undefined =>
  plan.added.find((server) => server.key === key) ?? findServer(plan.baseline, key);
