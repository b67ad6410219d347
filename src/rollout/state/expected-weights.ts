import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import {
  type Change,
  findServer,
  type RealServer,
  type VirtualService,
} from '../../domain/ipvs/ipvs.ts';
import {
  type DirectorPlan,
  type ServicePlan,
  scaleAt,
  type WeightScale,
} from '../../domain/rollout/plan.ts';
import {
  type ChangedBystander,
  type DirectorState,
  drainKey,
  type Milestone,
  reach,
} from './director-state.ts';

/** The expected table of one service: its scheduler, and its servers with their weights. */
export interface ServiceTarget {
  readonly plan: ServicePlan;
  readonly scheduler: string;
  readonly weights: ReadonlyMap<ServerKey, number>;
}

/** Whether the weights of a service are on the scale of the ramp, and not on that of the table before and after. */
export function isOnScale(plan: ServicePlan, director: DirectorState): boolean {
  const { step, rolledBack, finished, baseScale } = director;
  if (baseScale?.has(plan.service)) return false;
  if (step < 0 || rolledBack || finished.has(plan.service)) return false;
  const { multiplier, divisor } = currentScale(plan, director);
  return multiplier !== divisor;
}

type Standing = Pick<DirectorState, 'step' | 'back'>;

/** The scale of the weights in force; a rollback as a ramp may be on a finer one than the step it began at. */
export function currentScale(
  plan: ServicePlan,
  { step, back }: Standing,
): Pick<WeightScale, 'multiplier' | 'divisor'> {
  const { steps, oldServers, newServers } = plan;
  const last = steps.length - 1;
  // Maintenance and moves end on the scale of the table from before.
  const hasEnded = (oldServers.length === 0 || newServers.length === 0) && step >= last;
  const scale = scaleAt(plan, step);
  const multiplier = hasEnded ? scale.divisor : scale.multiplier;
  const begin = back && back.step >= 0 ? totalOf(back.steps.get(plan.service)?.[0]) : 0;
  const before = totalOf(steps[Math.min(step, last)]);
  const finer = begin > 0 && before > 0 ? Math.round(begin / before) : 1;
  return { multiplier: multiplier * finer, divisor: scale.divisor };
}

const totalOf = (weights: readonly number[] = []): number => weights.reduce((a, b) => a + b, 0);

/** The expected table by the journal, before anything that it only intends. */
export function expectedTarget(plan: ServicePlan, director: DirectorState): ServiceTarget {
  const weights = new Map(
    director.rolledBack
      ? rollbackWeights(plan, director)
      : director.step < 0
        ? baselineWeights(plan)
        : (rollbackStepWeights(plan, director) ?? rampWeights(plan, director)),
  );
  // Somebody else's edit of a bystander stands: the rollout works around it, whatever the scale.
  for (const changed of director.bystanders.values()) {
    const { service, server, weight } = changed;
    if (service !== plan.service) continue;
    if (weight === null) weights.delete(server);
    else weights.set(server, returnedWeight(plan, director, changed) ?? weight);
  }
  for (const [server, weight] of director.accepted?.get(plan.service) ?? []) {
    if (weight === null) weights.delete(server);
    else weights.set(server, weight);
  }
  return { plan, weights, scheduler: expectedScheduler(plan, director) };
}

/** The weight of a server by the plan alone, whatever others have done to bystanders since. */
export const plannedWeight = (
  plan: ServicePlan,
  director: DirectorState,
  server: ServerKey,
): number | undefined =>
  expectedTarget(plan, { ...director, bystanders: new Map(), accepted: new Map() }).weights.get(
    server,
  );

/** Notes the change of a bystander, or forgets it where the weight is that of the plan again. */
export function withBystander(
  plan: DirectorPlan | undefined,
  director: DirectorState,
  changed: Omit<ChangedBystander, 'isBase'>,
): DirectorState {
  const { service, server, weight } = changed;
  const accepted = [...(director.accepted?.get(service) ?? [])];
  const others = accepted.filter(([key]) => key !== server);
  const before =
    others.length < accepted.length
      ? { ...director, accepted: new Map(director.accepted).set(service, new Map(others)) }
      : director;
  const known = withoutBystanders(before, service, [server]);
  const its = plan?.services.find((one) => one.service === service);
  if (its && weight !== null && plannedWeight(its, director, server) === weight) return known;
  const isBase = its !== undefined && !isOnScale(its, director);
  const noted = { ...changed, ...(isBase ? { isBase } : {}) };
  return { ...known, bystanders: new Map(known.bystanders).set(drainKey(service, server), noted) };
}

/** Takes these weights of a service as they are until the next milestone, whatever was noted of the servers before. */
export function withAccepted(
  director: DirectorState,
  service: ServiceKey,
  weights: readonly (readonly [ServerKey, number | null])[],
): DirectorState {
  const servers = weights.map(([server]) => server);
  return {
    ...withoutBystanders(director, service, servers),
    accepted: new Map(director.accepted).set(
      service,
      new Map([...(director.accepted?.get(service) ?? []), ...weights]),
    ),
  };
}

const withoutBystanders = (
  director: DirectorState,
  service: ServiceKey,
  servers: readonly ServerKey[],
): DirectorState => {
  const keys = servers.map((server) => drainKey(service, server));
  const bystanders = [...director.bystanders].filter(([key]) => !keys.includes(key));
  return { ...director, bystanders: new Map(bystanders) };
};

/** The factor between a base weight and the one that stands for it on the scale of the step in force. */
export function scaleFactor(plan: ServicePlan, director: Standing): number {
  const { multiplier, divisor } = currentScale(plan, director);
  return multiplier / divisor;
}

/** The weight that stands for a base weight on that scale; a server that has weight keeps some. */
export const scaledWeight = (plan: ServicePlan, director: Standing, base: number): number =>
  Math.max(1, Math.round(base * scaleFactor(plan, director)));

/** Whether a bystander that was out has come back with the weight that its base weight is on the scale. */
export const isReturned = (
  plan: ServicePlan,
  director: Standing,
  { server, weight }: { readonly server: ServerKey; readonly weight: number | null },
): boolean =>
  plan.out?.some(
    ([key, base]) => key === server && weight === scaledWeight(plan, director, base),
  ) ?? false;

/**
 * The weight of a bystander that came back: on the scale its base weight once the scale is taken back,
 * and off the scale what stands for that once the service is on the scale again.
 */
function returnedWeight(
  plan: ServicePlan,
  director: DirectorState,
  { server, weight, isBase }: ChangedBystander,
): number | undefined {
  const base = plan.out?.find(([key]) => key === server)?.[1];
  if (base === undefined) return undefined;
  if (isOnScale(plan, director))
    return isBase && weight === base ? scaledWeight(plan, director, base) : undefined;
  return isReturned(plan, director, { server, weight }) ? base : undefined;
}

/** The table that a milestone stands for; `undefined` when it does not concern this service. */
export function milestoneTarget(
  plan: ServicePlan,
  director: DirectorState,
  milestone: Milestone,
): ServiceTarget | undefined {
  if (milestone.kind === 'retire' && milestone.service !== plan.service) return undefined;
  return expectedTarget(plan, reach(director, milestone));
}

/** The expected tables of all services that a milestone concerns. */
export function milestoneTargets(
  plan: DirectorPlan,
  director: DirectorState,
  milestone: Milestone,
): readonly ServiceTarget[] {
  return plan.services.flatMap((service) => milestoneTarget(service, director, milestone) ?? []);
}

type Weights = readonly (readonly [ServerKey, number])[];

const baselineWeights = (plan: ServicePlan): Weights =>
  plan.baseline.servers.map((server) => [server.key, server.weight]);

/** The weights of the step in force or the final ones, without the servers that are removed. */
function rampWeights(plan: ServicePlan, director: DirectorState): Weights {
  const weights = director.finished.has(plan.service)
    ? plan.finalWeights
    : (director.baseScale?.get(plan.service) ?? plan.steps[director.step] ?? []);
  const all = plan.servers.map((server, index) => [server, weights[index] ?? 0] as const);
  // To name each of a thousand servers at every poll is left for when some have left.
  return director.removed.size === 0
    ? all
    : all.filter(([server]) => !director.removed.has(drainKey(plan.service, server)));
}

/** The weights of the rollback step in force, with all servers in the table again. */
function rollbackStepWeights(
  plan: ServicePlan,
  { back, baseScale }: DirectorState,
): Weights | undefined {
  const weights = baseScale?.has(plan.service)
    ? undefined
    : back?.steps.get(plan.service)?.[back.step];
  return weights && plan.servers.map((server, index) => [server, weights[index] ?? 0] as const);
}

/** The baseline, and at weight 0 what the rollout has added and not taken out again. */
const rollbackWeights = (plan: ServicePlan, director: DirectorState): Weights => [
  ...baselineWeights(plan),
  ...addedLeft(plan, director).map((server) => [server.key, 0] as const),
];

/** Added servers that are not removed yet; before step 0 nothing is added. */
const addedLeft = (plan: ServicePlan, director: DirectorState): readonly RealServer[] =>
  director.step < 0
    ? []
    : plan.added.filter(({ key }) => !director.removed.has(drainKey(plan.service, key)));

/**
 * The expected scheduler: the baseline's again with the final weights, where the plan says so. In a
 * rollback, the plan's scheduler stays until the last added server is gone: under a hashing scheduler
 * without fallback its weight 0 would refuse clients.
 */
function expectedScheduler(plan: ServicePlan, director: DirectorState): string {
  const isBack = director.rolledBack
    ? addedLeft(plan, director).length === 0
    : plan.restoresScheduler === true && director.finished.has(plan.service);
  return director.step < 0 || isBack ? plan.baseline.scheduler : plan.scheduler;
}

/**
 * The edits that turn the live service into the target: none where the two are alike already,
 * because each edit moves the scheduler's cursor. Attributes come from the live table, so that an
 * edit of a weight never undoes what somebody did to a threshold.
 */
export function changesTo(target: ServiceTarget, live: VirtualService): readonly Change[] {
  const { plan } = target;
  const changes: Change[] = [];
  if (live.scheduler !== target.scheduler) {
    const back = target.scheduler === plan.baseline.scheduler;
    changes.push({
      kind: 'set-scheduler',
      service: {
        // A partial listing does not show the engine of a service without persistence.
        ...(plan.baseline.engine ? { engine: plan.baseline.engine } : {}),
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
