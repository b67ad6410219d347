import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import {
  type Capacity,
  isKept,
  leastOf,
  measured,
  type ServiceFloor,
  sumOf,
} from '../../domain/floor/floor.ts';
import { capacityText, floorText } from '../../domain/floor/floor-words.ts';
import { findServer, type ServiceSample, type Snapshot } from '../../domain/ipvs/ipvs.ts';
import { printable, shortList } from '../../domain/printable.ts';
import type { ServicePlan } from '../../domain/rollout/plan.ts';
import { movedAt } from '../../planner/floor/planned-capacity.ts';
import type { WaitedGate } from '../gates/waited-gate.ts';
import type { Observation } from '../observe/observation.ts';
import { type DirectorState, withoutLost } from '../state/director-state.ts';
import { isOnScale, scaledWeight, scaleFactor } from '../state/expected-weights.ts';
import { endStep, rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import { directorPlan, type RolloutState } from '../state/rollout-state.ts';

/**
 * The floors that the next step waits for: with the servers that are out by now, whoever took them, the step
 * would leave a service below its floor. As long as nobody is missed a plan keeps its floors, for it was held
 * against them before it began. A rollback waits for none.
 */
export function floorsWaited(state: RolloutState, seen: Observation): readonly WaitedGate[] {
  const progress = state.phase.kind === 'ramping' ? rampProgressOf(state) : undefined;
  if (!progress) return [];
  const next = slowestStep(state, progress) + 1;
  if (next > endStep(state)) return [];
  return floorsUndercut(state, seen, state.promotedAtMs === undefined ? next : endStep(state));
}

/** The floors that any step that is left of the ramp would wait for, with who is out by now. */
export function floorsAhead(state: RolloutState, seen: Observation): readonly WaitedGate[] {
  const progress = state.phase.kind === 'ramping' ? rampProgressOf(state) : undefined;
  if (!progress) return [];
  const next = slowestStep(state, progress) + 1;
  for (let step = next; step <= endStep(state); step++) {
    const undercut = floorsUndercut(state, seen, step);
    if (undercut.length > 0) return undercut;
  }
  return [];
}

/** The floors that a step of the ramp would undercut, each as a gate that is waited for. */
export function floorsUndercut(
  state: RolloutState,
  seen: Observation,
  step: number,
): readonly WaitedGate[] {
  if (state.plan.policy.mayEmpty) return [];
  const sick = sickServers(seen);
  const found = withoutLost(state.directors).flatMap(([name, director]) =>
    directorPlan(state, name).services.flatMap((plan): readonly WaitedGate[] => {
      const live = seen.directors.get(name)?.sample?.services.get(plan.service);
      if (!plan.floor || !live) return [];
      const detail = shortfall({ plan, floor: plan.floor, director, live, sick }, step);
      if (detail === undefined) return [];
      const gate = `floor ${plan.service}`;
      const about = { gate, gateKind: 'floor' as const, server: undefined };
      const where = state.directors.size > 1 ? `on ${printable(name)} ` : '';
      return [{ gate: about, reason: 'capacity', detail: `${where}${detail}` }];
    }),
  );
  return [...new Map(found.map((one) => [one.gate.gate, one])).values()];
}

/** New servers of which the last answer of a check is bad count as nothing. */
const sickServers = ({ gates }: Observation): ReadonlySet<ServerKey> =>
  new Set(
    [...gates.values()].flatMap(({ gate, streak }) =>
      gate.server !== undefined && streak < 0 ? [gate.server] : [],
    ),
  );

interface Floored {
  readonly plan: ServicePlan;
  readonly floor: ServiceFloor;
  readonly director: DirectorState;
  readonly live: ServiceSample;
  readonly sick: ReadonlySet<ServerKey>;
}

/** The words on what would be left after the step; `undefined` where that is enough, or takes from nobody. */
function shortfall(
  { plan, floor, director, live, sick }: Floored,
  step: number,
): string | undefined {
  const { servers, weights } = movedAt(plan, step);
  const factor = isOnScale(plan, director) ? scaleFactor(plan, director) : 1;
  const takes = servers.some(
    (key, index) => (weights[index] ?? 0) < (live.servers.get(key)?.weight ?? 0) / factor - 1e-6,
  );
  if (!takes) return undefined;
  const before = capacity(servers.map((key) => findServer(plan.baseline, key)?.weight ?? 0));
  const moved = capacity(
    servers.map((key, index) =>
      sick.has(key) && plan.newServers.includes(key) ? 0 : (weights[index] ?? 0),
    ),
  );
  const after = sumOf([atMost(moved, before), bystanders({ plan, director, live })]);
  if (isKept(floor, after)) return undefined;
  const who = [
    ...missedIn(plan, live),
    ...plan.newServers.filter((key) => sick.has(key)).map((key) => `${key} (its check fails)`),
  ];
  const why = who.length === 0 ? '' : `; not serving: ${shortList(who)}`;
  return `${floorWords(floor)}, and this step would leave ${capacityText(floor, after)}${why}`;
}

/** A service that the way back would take below its floor, in words. */
export interface RollbackShortfall {
  readonly director: string;
  readonly service: ServiceKey;
  readonly detail: string;
}

/**
 * The services that a rollback would leave below their floor with less than they have now: it takes servers
 * away that were added or brought in, while others have gone. One that brings servers back takes nothing.
 */
export function floorsUndercutBack(
  state: RolloutState,
  {
    director: name,
    snapshot,
  }: { readonly director: string; readonly snapshot: Pick<Snapshot, 'samples'> },
): readonly RollbackShortfall[] {
  const director = state.directors.get(name);
  const plans = state.plan.directors.find((one) => one.director === name)?.services ?? [];
  return plans.flatMap((plan): readonly RollbackShortfall[] => {
    const { floor, service } = plan;
    const live = snapshot.samples.get(service);
    if (!floor || !director || !live) return [];
    const moved = [...plan.oldServers, ...plan.newServers];
    const factor = isOnScale(plan, director) ? scaleFactor(plan, director) : 1;
    const before = capacity(moved.map((key) => findServer(plan.baseline, key)?.weight ?? 0));
    const has = capacity(moved.map((key) => (live.servers.get(key)?.weight ?? 0) / factor));
    // Old and new servers together are no more than the old ones were.
    const own =
      plan.oldServers.length > 0 && plan.newServers.length > 0 ? atMost(has, before) : has;
    const others = bystanders({ plan, director, live });
    const [now, after] = [sumOf([own, others]), sumOf([before, others])];
    if (isKept(floor, after) || measured(floor, after) >= measured(floor, now)) return [];
    const missed = missedIn(plan, live);
    const why = missed.length === 0 ? '' : `; not serving: ${shortList(missed)}`;
    const left = `${floorWords(floor)}, and without ${shortList(moved)} it would have ${capacityText(floor, after)}`;
    return [{ director: name, service, detail: `${left}${why}` }];
  });
}

/** Servers that the rollout does not move, on the scale of the table before it. */
const bystanders = ({
  plan,
  director,
  live,
}: Pick<Floored, 'plan' | 'director' | 'live'>): Capacity =>
  capacity(
    [...live.servers]
      .filter(([key]) => !plan.oldServers.includes(key) && !plan.newServers.includes(key))
      .map(([key, { weight }]) => baseWeight(plan, director, [key, weight])),
  );

/** `10.0.0.2:80 (weight 0)`: the bystanders that had weight when the rollout began, and have none now. */
const missedIn = (plan: ServicePlan, live: ServiceSample): readonly string[] =>
  plan.servers
    .filter(
      (key) =>
        !plan.oldServers.includes(key) &&
        !plan.newServers.includes(key) &&
        (findServer(plan.baseline, key)?.weight ?? 0) > 0 &&
        (live.servers.get(key)?.weight ?? 0) === 0,
    )
    .map((key) => `${key} (${live.servers.has(key) ? 'weight 0' : 'not in the table'})`);

const floorWords = (floor: ServiceFloor): string =>
  floor.floor.kind === 'count'
    ? `it keeps ${leastOf(floor)} servers (minServing: ${floorText(floor.floor)})`
    : `it keeps ${floorText(floor.floor)} of its weight`;

const capacity = (weights: readonly number[]): Capacity => ({
  servers: weights.filter((weight) => weight > 0).length,
  weight: weights.reduce((sum, weight) => sum + weight, 0),
});

/** Old and new servers together are no more than they were before the rollout. */
const atMost = (one: Capacity, most: Capacity): Capacity => ({
  servers: Math.min(one.servers, most.servers),
  weight: Math.min(one.weight, most.weight),
});

/** The weight of a bystander on the scale of the table before the rollout. */
function baseWeight(
  plan: ServicePlan,
  director: DirectorState,
  [key, weight]: readonly [ServerKey, number],
): number {
  if (weight === 0 || !isOnScale(plan, director)) return weight;
  const before = findServer(plan.baseline, key)?.weight ?? 0;
  const isBefore = before > 0 && scaledWeight(plan, director, before) === weight;
  return isBefore ? before : weight / scaleFactor(plan, director);
}
