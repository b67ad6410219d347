import { lockName } from '../../daemons/lock-for-edit.ts';
import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { ok, type Result } from '../../domain/failure.ts';
import { type Floors, floorOf, hasFloors } from '../../domain/floor/floor.ts';
import type { Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { CountedFloor } from '../../guard/decide/room-above-floor.ts';
import { servicesUnderWay, unfinishedOn } from '../../rollout/journal/unfinished.ts';
import type { MaintenanceMark } from '../../rollout/ports.ts';
import { countServices, type TableClaims } from '../../rollout/state/counted-service.ts';
import { type WeightAccount, weightAccount } from '../../rollout/state/weight-account.ts';
import type { DrivenDirector, KubeRunDeps } from './kube-run-ports.ts';

/** The table of one director, and what the state folder says of it. */
export interface Known {
  readonly snapshot: Snapshot;
  /** Claims of this cluster. */
  readonly claims: readonly ClusterClaim[];
  readonly marks: readonly MaintenanceMark[];
  /** Of rollouts that are held, or were cut off; absent without any. */
  readonly account?: WeightAccount | undefined;
  /** Whoever else has servers out: rollouts that are not over, and other clusters. */
  readonly others: Pick<TableClaims, 'unfinished' | 'clusters'>;
  /** Rollouts that are held, or were cut off, by their services on this table. */
  readonly waitsFor: ReadonlyMap<ServiceKey, string>;
  /** Services that one of them has in mid-ramp, on a scale of its own. */
  readonly inMidRamp: ReadonlySet<ServiceKey>;
}

/** Reads the table, and the claims, marks, locks and unfinished rollouts from the state folder. */
export async function lookAround({
  director,
  store,
  table,
  terms,
}: KubeRunDeps & DrivenDirector): Promise<
  Result<Known & { readonly inRollout: ReadonlySet<ServiceKey> }>
> {
  const snapshot = await director.snapshot();
  if (!snapshot.ok) return snapshot;
  const all = await store.marks.clusters.list();
  if (!all.ok) return all;
  const marks = await store.marks.list();
  if (!marks.ok) return marks;
  const unfinished = await unfinishedOn(store, [table]);
  if (!unfinished.ok) return unfinished;
  const { rollouts, elsewhere } = unfinished.value;
  const { services } = snapshot.value;
  const { cluster } = terms();
  const claims = all.value.filter((one) => one.table === table && one.cluster === cluster);
  const inRollout = new Set<ServiceKey>();
  for (const { service } of claims) {
    const holder = await store.holder(lockName(service, table));
    if (holder && !holder.momentary) inRollout.add(service);
  }
  const account = rollouts.length > 0 ? weightAccount(rollouts, table, services) : undefined;
  const own = marks.value.filter((mark) => mark.table === table);
  // What an operator has out by another state stays out.
  const theirs = elsewhere.marks.filter(({ reason }) => reason === 'operator');
  return ok({
    ...{ snapshot: snapshot.value, claims, marks: [...own, ...theirs], inRollout },
    others: {
      unfinished: rollouts,
      clusters: [
        ...all.value.filter((one) => one.table === table && one.cluster !== cluster),
        ...elsewhere.clusters.filter((one) => one.table === table),
      ],
    },
    waitsFor: servicesUnderWay(unfinished.value, table),
    account,
    inMidRamp: new Set(
      claims.flatMap((one) => (account?.isOnScale(one.service) ? one.service : [])),
    ),
  });
}

/** The floors of the services in a table, each with everything counted that is out by now. */
export function floorsIn(
  { snapshot, claims, marks, others }: Known,
  table: string,
  floors: Floors | undefined,
): ReadonlyMap<ServiceKey, CountedFloor> {
  if (!floors || !hasFloors(floors)) return new Map();
  const services = snapshot.services.filter(({ key }) => floorOf(floors, key) !== undefined);
  const { unfinished } = others;
  const clusters = [...claims, ...others.clusters];
  return new Map(
    countServices({ table, marks, clusters, unfinished }, services).flatMap((counted) => {
      const floor = floorOf(floors, counted.service);
      return floor ? [[counted.service, { floor, counted }] as const] : [];
    }),
  );
}

/** Servers that an operator or a guard has out, or brings back. */
export function excusedBy(
  marks: readonly MaintenanceMark[],
): ReadonlyMap<ServiceKey, ReadonlySet<ServerKey>> {
  const found = new Map<ServiceKey, Set<ServerKey>>();
  for (const { service, server } of marks) {
    const servers = found.get(service) ?? new Set();
    found.set(service, servers.add(server));
  }
  return found;
}
