import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { ServiceSample } from '../../domain/ipvs/ipvs.ts';
import type { DirectorPlan, Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import type { DirectorState } from '../state/director-state.ts';
import { expectedTarget, milestoneTarget, plannedWeight } from '../state/expected-weights.ts';

/** An edit that the program which manages a watched service makes by itself. */
export interface ManagedEdit {
  /**
   * `down`: its checks took the server out, and nobody else brings it in; `back`: its checks brought the server
   * in again with the weight of its configuration, and the rollout sets that of the step; `idle`: the server is
   * at weight 0 where the rollout has removed it, which is as good.
   */
  readonly kind: 'down' | 'back' | 'idle';
  readonly service: ServiceKey;
  readonly server: ServerKey;
  /** The weight by the journal; null is absent. */
  readonly expected: number | null;
  readonly found: number | null;
}

/** The edits in a director's live services that are those of the program which manages them. */
export function managedEdits(
  { services }: DirectorPlan,
  state: DirectorState,
  live: ReadonlyMap<ServiceKey, ServiceSample>,
): readonly ManagedEdit[] {
  return services.flatMap((plan) => {
    const sample = live.get(plan.service);
    if (!plan.watched || !sample) return [];
    return plan.watched.flatMap(([server]) => {
      const found = sample.servers.get(server)?.weight ?? null;
      return managedEdit(plan, state, { server, found }) ?? [];
    });
  });
}

/** The edit of one server's row, where it is one of the managing program; undefined: of somebody else, or none. */
export function managedEdit(
  plan: ServicePlan,
  state: DirectorState,
  { server, found }: Pick<ManagedEdit, 'server' | 'found'>,
): ManagedEdit | undefined {
  const initial = plan.watched?.find(([key]) => key === server)?.[1];
  if (initial === undefined) return undefined;
  const expected = expectedOf(plan, state, server);
  if (expected === undefined || expected === found) return undefined;
  const isIntended = state.intended.some((milestone) => {
    const target = milestoneTarget(plan, state, milestone);
    return target !== undefined && (target.weights.get(server) ?? null) === found;
  });
  const kind = isIntended ? undefined : kindOf({ expected, found, initial });
  return kind && { kind, service: plan.service, server, expected, found };
}

/**
 * The weight of a server by the journal. Of a bystander that of the plan: whoever is out is noted, and is
 * to come back with that. Undefined for one that the plan does not know, or that is out already.
 */
function expectedOf(
  plan: ServicePlan,
  state: DirectorState,
  server: ServerKey,
): number | null | undefined {
  const { oldServers, newServers } = plan;
  if (oldServers.includes(server) || newServers.includes(server)) {
    return expectedTarget(plan, state).weights.get(server) ?? null;
  }
  return plannedWeight(plan, state, server);
}

function kindOf({
  expected,
  found,
  initial,
}: {
  readonly expected: number | null;
  readonly found: number | null;
  readonly initial: number;
}): ManagedEdit['kind'] | undefined {
  if (found === initial && found > 0) return 'back';
  if (expected === null) return found === 0 ? 'idle' : undefined;
  return found === null || found === 0 ? 'down' : undefined;
}

/** Whether an edit concerns a server that the rollout moves. */
export const isMoved = (
  { services }: DirectorPlan,
  { service, server }: Pick<ManagedEdit, 'service' | 'server'>,
): boolean =>
  services.some(
    (plan) =>
      plan.service === service &&
      (plan.oldServers.includes(server) || plan.newServers.includes(server)),
  );

/** The time between two looks at a service whose manager brings weights back: clients feel it that long. */
const watchEveryMs = 200;

/** The time between two samples of the tables. */
export const sampleEveryMs = ({ directors, policy: { pollMs } }: Plan): number =>
  directors.some(({ services }) => services.some(({ watched }) => watched !== undefined))
    ? Math.min(pollMs, watchEveryMs)
    : pollMs;
