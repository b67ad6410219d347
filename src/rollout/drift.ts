import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { ServiceSample } from '../domain/ipvs.ts';
import type { DirectorPlan } from '../domain/plan.ts';
import type { DirectorState } from './director-state.ts';
import { milestoneTarget, type ServiceTarget, standingTarget } from './service-target.ts';

/** A difference between the live table and the journal. */
export type Drift =
  /** It touches what the rollout does: going on would overwrite somebody's edit. */
  | {
      readonly kind: 'conflict';
      readonly director: string;
      readonly service: ServiceKey;
      readonly expected: string;
      readonly found: string;
    }
  | {
      readonly kind: 'bystander';
      readonly director: string;
      readonly service: ServiceKey;
      readonly server: ServerKey;
      readonly expected: number | null;
      readonly found: number | null;
    };

/**
 * Compares the live services with what the journal says. Between an intent and its end both sides of
 * it are right, server by server: a batch may have been cut short.
 */
export function findDrift(
  plan: DirectorPlan,
  state: DirectorState,
  live: ReadonlyMap<ServiceKey, ServiceSample>,
): readonly Drift[] {
  return plan.services.flatMap((service) => {
    const standing = standingTarget(service, state);
    const intended = state.intended.flatMap(
      (milestone) => milestoneTarget(service, state, milestone) ?? [],
    );
    return serviceDrift(plan.director, [standing, ...intended], live);
  });
}

function serviceDrift(
  director: string,
  allowed: readonly ServiceTarget[],
  lives: ReadonlyMap<ServiceKey, ServiceSample>,
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
  const own = new Set([...plan.oldServers, ...plan.newServers]);
  const keys = new Set([
    ...allowed.flatMap((one) => [...one.weights.keys()]),
    ...live.servers.keys(),
  ]);
  const drifts: Drift[] = [];
  for (const server of keys) {
    const found = live.servers.get(server)?.weight ?? null;
    const expected = allowed.map((one) => one.weights.get(server) ?? null);
    if (expected.includes(found)) continue;
    const [standing = null] = expected;
    drifts.push(
      own.has(server)
        ? conflict(describe(server, standing), describe(server, found))
        : { kind: 'bystander', director, service: plan.service, server, expected: standing, found },
    );
  }
  return drifts;
}

/** `10.0.0.1:80 weight 40`, or `10.0.0.1:80 absent`. */
const describe = (server: ServerKey, weight: number | null): string =>
  weight === null ? `${server} absent` : `${server} weight ${weight}`;
