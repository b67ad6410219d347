import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import {
  type Absence,
  type Capacity,
  type CountedPart,
  type CountedService,
  noCapacity,
} from '../../domain/floor/floor.ts';
import { type FallbackClaim, fallbacksOf } from '../../domain/health/fallback.ts';
import { findServer, type RealServer, type VirtualService } from '../../domain/ipvs/ipvs.ts';
import {
  type ClusterClaim,
  clusterWords,
  outByCluster,
} from '../../domain/rollout/cluster-claim.ts';
import type { Remembered } from '../../planner/maintenance/remembered.ts';
import { scaleFactor } from './expected-weights.ts';
import type { RolloutState } from './rollout-state.ts';
import {
  type Claimed,
  claimedServices,
  type WeightAccount,
  weightAccount,
} from './weight-account.ts';

/** All claims on one table, in base weights. */
export interface TableClaims {
  readonly table: string;
  /** The marks of that table, of this state and of others. */
  readonly marks: readonly (Remembered & { readonly rollout?: string | undefined })[];
  /** The services of that table that clusters drive. */
  readonly clusters: readonly ClusterClaim[];
  /** The fallback servers that guards have added to services of that table. */
  readonly fallbacks?: readonly FallbackClaim[] | undefined;
  readonly unfinished: readonly Pick<RolloutState, 'rollout' | 'plan' | 'access' | 'directors'>[];
}

/** Counts the services of one table with everything that is out, for whatever reason. Pure. */
export function countServices(
  claims: TableClaims,
  live: readonly VirtualService[],
): readonly CountedService[] {
  const { unfinished, table } = claims;
  const account = weightAccount(unfinished, table, live);
  const claimed = claimedServices(unfinished, table, live);
  return live.map((service) => countService({ claims, account, claimed }, service));
}

interface Known {
  readonly claims: TableClaims;
  readonly account: WeightAccount;
  readonly claimed: ReadonlyMap<ServiceKey, readonly Claimed[]>;
}

function countService({ claims, account, claimed }: Known, live: VirtualService): CountedService {
  const service = live.key;
  const handOvers = (claimed.get(service) ?? []).filter(
    ({ plan }) => plan.oldServers.length > 0 && plan.newServers.length > 0,
  );
  const together = new Set(handOvers.flatMap(({ plan }) => movedIn(plan)));
  const fallbacks = fallbacksOf(claims.fallbacks ?? [], service);
  const absences: Absence[] = [];
  const parts = live.servers.flatMap((server): readonly CountedPart[] => {
    if (together.has(server.key)) return [];
    const now = account.baseOf(service, server.key, server.weight);
    // It serves, but is no server of which the service could have less.
    if (fallbacks.has(server.key))
      return [{ servers: [server.key], base: noCapacity, serving: capacityOf([now]) }];
    const out = absencesOf(claims, service, server.key).filter(({ weight }) => weight > now);
    absences.push(...out.map(({ absence }) => absence));
    const base = Math.max(now, ...out.map(({ weight }) => weight));
    return [{ servers: [server.key], base: capacityOf([base]), serving: capacityOf([now]) }];
  });
  for (const claim of handOvers) {
    const part = countHandOver(claim, live);
    parts.push(part);
    if (part.serving.weight >= part.base.weight && part.serving.servers >= part.base.servers)
      continue;
    absences.push(
      ...claim.plan.newServers.map(
        (server): Absence => ({ server, by: 'rollout', rollout: claim.rollout }),
      ),
    );
  }
  return { service, parts, absences };
}

const movedIn = ({ oldServers, newServers }: Claimed['plan']): readonly ServerKey[] => [
  ...oldServers,
  ...newServers,
];

/**
 * Old and new servers of a hand-over as what they were before it: mid-way both have weight, but together
 * they are no more than that, and the last step leaves only one side.
 */
function countHandOver({ plan, director }: Claimed, live: VirtualService): CountedPart {
  const servers = movedIn(plan);
  const weightIn = (of: Pick<VirtualService, 'servers'>) =>
    servers.flatMap((key): readonly RealServer[] => {
      const server = findServer(of, key);
      return server ? [server] : [];
    });
  const base = capacityOf(weightIn(plan.baseline).map(({ weight }) => weight));
  const factor = scaleFactor(plan, director);
  const now = capacityOf(weightIn(live).map(({ weight }) => weight / factor));
  return { servers, base, serving: atMost(now, base) };
}

const atMost = (one: Capacity, most: Capacity): Capacity => ({
  servers: Math.min(one.servers, most.servers),
  weight: Math.min(one.weight, most.weight),
});

export const capacityOf = (weights: readonly number[]): Capacity => ({
  servers: weights.filter((weight) => weight > 0).length,
  weight: weights.reduce((sum, weight) => sum + weight, 0),
});

/** The claims on one server, each with the base weight that it comes back to. */
function absencesOf(
  { marks, clusters }: TableClaims,
  service: ServiceKey,
  server: ServerKey,
): readonly { readonly absence: Absence; readonly weight: number }[] {
  const own = marks.filter((mark) => mark.service === service && mark.server === server);
  const out = outByCluster(clusters, service, server);
  return [
    ...own.map(({ reason, sinceMs, weight, rollout, name, at }) => ({
      weight,
      absence: { server, name, by: reason, sinceMs, rollout, state: at?.state },
    })),
    ...(out
      ? [
          {
            weight: out.weight,
            absence: {
              server,
              by: 'cluster' as const,
              sinceMs: out.sinceMs,
              detail: clusterWords(out),
            },
          },
        ]
      : []),
  ];
}
