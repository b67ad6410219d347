import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { ServiceSample } from '../../domain/ipvs/ipvs.ts';
import type { DirectorPlan, ServicePlan } from '../../domain/rollout/plan.ts';
import type { DirectorState } from '../state/director-state.ts';
import {
  expectedTarget,
  isOnScale,
  isReturned,
  milestoneTarget,
  plannedWeight,
  type ServiceTarget,
} from '../state/expected-weights.ts';
import { managedEdit } from './managed-edits.ts';

/** A difference between the live table and the journal. */
export type Drift =
  /** The drift touches what the rollout does: to continue would overwrite somebody's edit. */
  | {
      readonly kind: 'conflict';
      readonly director: string;
      readonly service: ServiceKey;
      readonly expected: string;
      readonly found: string;
      /** The edit of a server that the rollout does not touch, with a weight of another scale. */
      readonly bystander?: { readonly server: ServerKey; readonly weight: number };
    }
  | {
      readonly kind: 'bystander';
      readonly director: string;
      readonly service: ServiceKey;
      readonly server: ServerKey;
      readonly expected: number | null;
      readonly found: number | null;
    };

type Live = ReadonlyMap<ServiceKey, ServiceSample>;

interface Compared {
  readonly plan: DirectorPlan;
  readonly state: DirectorState;
  readonly drifts: readonly Drift[];
}

/** The last comparison with each sample: until the next one, the loop asks several times. */
const compared = new WeakMap<Live, Compared>();

/**
 * Compares the live services with what the journal says. Between an intent and its end both sides of
 * it are right, server by server: a batch may have been cut short.
 */
export function findDrift(plan: DirectorPlan, state: DirectorState, live: Live): readonly Drift[] {
  const last = compared.get(live);
  if (last?.plan === plan && last.state === state) return last.drifts;
  const drifts = compare(plan, state, live);
  compared.set(live, { plan, state, drifts });
  return drifts;
}

const compare = (plan: DirectorPlan, state: DirectorState, live: Live): readonly Drift[] =>
  plan.services.flatMap((service) => {
    const standing = expectedTarget(service, state);
    const intended = state.intended.flatMap(
      (milestone) => milestoneTarget(service, state, milestone) ?? [],
    );
    const drifts = serviceDrift({ director: plan.director, state }, [standing, ...intended], live);
    return isOnScale(service, state)
      ? drifts.map((drift) => breakingScale(service, state, drift))
      : drifts;
  });

/**
 * Beside weights of the ramp's scale a usual weight takes most of the traffic, or next to none: whoever
 * has set one of a bystander did not know. Out of service is out of service on every scale, and whoever
 * brings it back to the weight that the ramp gives it does know.
 */
function breakingScale(plan: ServicePlan, state: DirectorState, drift: Drift): Drift {
  if (drift.kind !== 'bystander' || !drift.found) return drift;
  const { director, service, server, found } = drift;
  if (isReturned(plan, state, { server, weight: found })) return drift;
  if (plannedWeight(plan, state, server) === found) return drift;
  return {
    kind: 'conflict',
    director,
    service,
    expected: `${describe(server, drift.expected)} on the scale of the ramp`,
    found: describe(server, found),
    bystander: { server, weight: found },
  };
}

/**
 * Drift that a ramp cannot begin beside: its conflicts, and bystanders that came or have another weight
 * where the ramp has a scale of its own.
 */
export function findDriftBeforeRamp(
  plan: DirectorPlan,
  state: DirectorState,
  live: Live,
): readonly Extract<Drift, { kind: 'conflict' }>[] {
  const scaled = new Map(
    plan.services
      .filter(({ scale: { multiplier, divisor } }) => multiplier !== divisor)
      .map((service) => [service.service, service]),
  );
  return findDrift(plan, state, live).flatMap((drift) => {
    if (drift.kind === 'conflict') return [drift];
    const service = scaled.get(drift.service);
    const { server, found } = drift;
    const isBack = service?.out?.some(([key, base]) => key === server && base === found);
    const one = service && !isBack ? breakingScale(service, state, drift) : drift;
    return one.kind === 'conflict' ? [one] : [];
  });
}

function serviceDrift(
  { director, state }: { readonly director: string; readonly state: DirectorState },
  allowed: readonly ServiceTarget[],
  lives: Live,
): readonly Drift[] {
  const [target] = allowed;
  if (!target) return [];
  const { plan } = target;
  const live = lives.get(plan.service);
  const conflict = (expected: string, found: string): Drift => ({
    kind: 'conflict',
    director,
    service: plan.service,
    expected,
    found,
  });
  if (!live) return [conflict('the virtual service', 'no such service')];
  if (!allowed.some((one) => one.scheduler === live.scheduler)) {
    return [conflict(`scheduler ${target.scheduler}`, `scheduler ${live.scheduler}`)];
  }
  return differing(allowed, live).flatMap(([server, found]): readonly Drift[] => {
    const expected = target.weights.get(server) ?? null;
    const managed = managedEdit(plan, state, { server, found });
    const isBystander = !plan.oldServers.includes(server) && !plan.newServers.includes(server);
    // A bystander that its manager took out is noted; what is set again is nobody's edit for long.
    if (managed && !(isBystander && managed.kind === 'down')) return [];
    if (!isBystander) return [conflict(describe(server, expected), describe(server, found))];
    return [{ kind: 'bystander', director, service: plan.service, server, expected, found }];
  });
}

/** Servers whose weight is none of the allowed ones, and that weight; `null` is absent. */
function differing(
  allowed: readonly ServiceTarget[],
  { servers }: ServiceSample,
): readonly (readonly [ServerKey, number | null])[] {
  const found = new Map<ServerKey, number | null>();
  for (const [server, { weight }] of servers) {
    if (!allowed.some(({ weights }) => weights.get(server) === weight)) found.set(server, weight);
  }
  for (const { weights } of allowed) {
    for (const server of weights.keys()) {
      const isAbsent = !servers.has(server);
      if (isAbsent && allowed.every((one) => one.weights.has(server))) found.set(server, null);
    }
  }
  return [...found];
}

/** `10.0.0.1:80 weight 40`, or `10.0.0.1:80 absent`. */
const describe = (server: ServerKey, weight: number | null): string =>
  weight === null ? `${server} absent` : `${server} weight ${weight}`;
