import { lockName } from '../daemons/lock-for-edit.ts';
import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { ok, type Result } from '../domain/failure.ts';
import type { Floor } from '../domain/floor/floor.ts';
import { type FallbackClaim, fallbacksOf } from '../domain/health/fallback.ts';
import type { GuardConfig } from '../domain/health/guard.ts';
import { findService, type Snapshot, type VirtualService } from '../domain/ipvs/ipvs.ts';
import { type ClusterClaim, serversOut } from '../domain/rollout/cluster-claim.ts';
import { unfinishedOn } from '../rollout/journal/unfinished.ts';
import type { MaintenanceMark } from '../rollout/ports.ts';
import { countServices, type TableClaims } from '../rollout/state/counted-service.ts';
import { type WeightAccount, weightAccount } from '../rollout/state/weight-account.ts';
import type { CountedFloor } from './decide/room-above-floor.ts';
import type { Decisions } from './decide/service-view.ts';
import type { GuardDeps } from './guard-ports.ts';
import { type OpenOnFallback, openOnFallback } from './open-on-fallback.ts';

/** The table, the marks, and the rollouts that run on services. */
export interface GuardWorld {
  readonly snapshot: Snapshot;
  /** The marks of this table only. */
  readonly marks: readonly MaintenanceMark[];
  /** The services of this table that clusters drive. */
  readonly clusters: readonly ClusterClaim[];
  /** The fallback servers that guards have added to services of this table. */
  readonly fallbacks: readonly FallbackClaim[];
  readonly openOnFallback?: OpenOnFallback;
  /** The running rollout of each service that has one. */
  readonly rollouts: ReadonlyMap<ServiceKey, string>;
  /** Marks are base weights; a rollout that stands still may have the table on another scale. */
  readonly account: WeightAccount;
  /** Rollouts that are not over on this table: what they have on its way counts for a floor. */
  readonly onTable?: Pick<TableClaims, 'table' | 'unfinished'>;
}

/** Reads the table, and the marks and locks from the state folder. */
export async function lookAround(
  { director, store, table }: Pick<GuardDeps, 'director' | 'store' | 'table'>,
  { services }: GuardConfig,
): Promise<Result<GuardWorld>> {
  const snapshot = await director.snapshot();
  if (!snapshot.ok) return snapshot;
  const marks = await store.marks.list();
  if (!marks.ok) return marks;
  const claims = await store.marks.clusters.list();
  if (!claims.ok) return claims;
  const stoodIn = await store.marks.fallbacks.list();
  if (!stoodIn.ok) return stoodIn;
  const unfinished = await unfinishedOn(store, [table]);
  if (!unfinished.ok) return unfinished;
  const account = weightAccount(unfinished.value.rollouts, table, snapshot.value.services);
  const rollouts = new Map<ServiceKey, string>();
  for (const { service } of services) {
    const holder = await store.holder(lockName(service, table));
    if (holder && !holder.momentary) rollouts.set(service, holder.rollout);
  }
  const ours = marks.value.filter((mark) => mark.table === table);
  // What an operator has out by another state stays out.
  const theirs = unfinished.value.elsewhere.marks.filter(({ reason }) => reason === 'operator');
  const clusters = [
    ...claims.value.filter((claim) => claim.table === table),
    ...unfinished.value.elsewhere.clusters,
  ];
  const onTable = { table, unfinished: unfinished.value.rollouts };
  const fallbacks = stoodIn.value.filter((claim) => claim.table === table);
  return ok({
    ...{ snapshot: snapshot.value, marks: [...ours, ...theirs], clusters, fallbacks },
    ...{ rollouts, account, onTable },
    openOnFallback: await openOnFallback(director, snapshot.value, fallbacks),
  });
}

/** A service of the table with its own servers, without those of its fallback. */
export function ownService(
  { snapshot, fallbacks }: Pick<GuardWorld, 'snapshot' | 'fallbacks'>,
  service: ServiceKey,
): VirtualService | undefined {
  const live = findService(snapshot, service);
  const added = fallbacksOf(fallbacks, service);
  if (!live || added.size === 0) return live;
  return { ...live, servers: live.servers.filter(({ key }) => !added.has(key)) };
}

/** The floor of a service with everything counted that is out by now; `undefined` where it has none. */
export function countedFloor(
  { marks, clusters, onTable }: Pick<GuardWorld, 'marks' | 'clusters' | 'onTable'>,
  floor: Floor | undefined,
  live: VirtualService,
): CountedFloor | undefined {
  if (!floor) return undefined;
  const { table = '', unfinished = [] } = onTable ?? {};
  const [counted] = countServices({ table, marks, clusters, unfinished }, [live]);
  return counted && { floor, counted };
}

/** Servers that a person or a cluster has out, and that a guard therefore does not bring in. */
export const keptOut = (
  world: Pick<GuardWorld, 'marks' | 'account' | 'clusters'>,
  service: ServiceKey,
): ReadonlySet<ServerKey> =>
  new Set([
    ...marksOf(world, service, 'operator').keys(),
    ...serversOut(world.clusters).flatMap((one) => (one.service === service ? [one.server] : [])),
  ]);

/** Marked servers of a service, with the weights that stand for their base weights now. */
export function marksOf(
  { marks, account }: Pick<GuardWorld, 'marks' | 'account'>,
  service: ServiceKey,
  reason: MaintenanceMark['reason'],
): ReadonlyMap<ServerKey, number> {
  return new Map(
    marks.flatMap(({ server, weight, ...mark }) =>
      mark.service === service && mark.reason === reason
        ? [[server, account.inForce(service, server, weight)]]
        : [],
    ),
  );
}

/** The marks after the decisions are written. */
export function marksAfter(
  { marks, account }: GuardWorld,
  decisions: Decisions,
  table: string,
  sinceMs: number,
): readonly MaintenanceMark[] {
  const left = marks.filter(({ service, server, reason }) => {
    const decision = reason === 'health' ? decisions.get(service) : undefined;
    return !decision?.putMarks.has(server) && !decision?.dropMarks.includes(server);
  });
  const put = [...decisions].flatMap(([service, { putMarks, percents }]) =>
    [...putMarks].map(
      ([server, weight]): MaintenanceMark => ({
        table,
        service,
        server,
        reason: 'health',
        weight: account.baseOf(service, server, weight),
        sinceMs,
        ...(percents.has(server) ? { percent: percents.get(server) ?? 100 } : {}),
      }),
    ),
  );
  return [...left, ...put];
}
