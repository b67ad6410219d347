import type { Failure, Result } from '../../domain/failure.ts';
import { ok } from '../../domain/failure.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import type { ClusterApi } from '../../kube/kube-ports.ts';
import { differencesOf, type ServiceDifference } from '../../kube/look/differences.ts';
import { listCluster } from '../../kube/look/list-cluster.ts';
import type { Problem } from '../../kube/wanted/problem.ts';
import { wantedOf } from '../../kube/wanted/wanted-of.ts';
import {
  type ClaimStore,
  servicesUnderWay,
  unfinishedOn,
} from '../../rollout/journal/unfinished.ts';
import type { Store } from '../../rollout/ports.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';
import { addressesOf, drivenDirectors } from './driven-directors.ts';

/** What a cluster would change on its directors, and what is wrong with it. */
export interface KubeLook {
  readonly directors: readonly {
    readonly director: string;
    readonly services: readonly ServiceDifference[];
  }[];
  readonly problems: readonly Problem[];
}

export interface LookedAt {
  readonly api: Pick<ClusterApi, 'list' | 'server'>;
  readonly settings: KubeSettings;
  readonly opened: OpenFleet;
  readonly store: ClaimStore & Pick<Store, 'marks'>;
  readonly nowMs: number;
}

/** Looks once at the cluster, the tables and the claims. Changes nothing. */
export async function lookAtCluster(
  ports: Pick<ControlPorts, 'lookUp'>,
  { api, settings, opened, store, nowMs }: LookedAt,
): Promise<Result<KubeLook>> {
  const [snapshot, claims, addresses] = await Promise.all([
    listCluster({ api, namespaces: settings.namespaces }),
    store.marks.clusters.list(),
    addressesOf(ports, opened),
  ]);
  if (!snapshot.ok) return snapshot;
  if (!claims.ok) return claims;
  const wanted = wantedOf(settings, snapshot.value, { nowMs, directorAddresses: addresses });
  const looks: KubeLook['directors'][number][] = [];
  const tables = drivenDirectors(opened);
  const unfinished = await unfinishedOn(
    store,
    tables.map(({ table }) => table),
  );
  if (!unfinished.ok) return unfinished;
  const listed = await Promise.all(tables.map(({ director }) => director.snapshot()));
  for (const [i, { director, table }] of tables.entries()) {
    const now = listed[i];
    if (!now?.ok) return now ?? noTable;
    const own = claims.value.filter(
      (claim) => claim.table === table && claim.cluster === settings.cluster,
    );
    const underWay = servicesUnderWay(unfinished.value, table);
    const known = new Set(own.map(({ service }) => service));
    const differences = differencesOf(wanted, { services: now.value.services, claims: own });
    const services = differences.map((one) => {
      const rollout = known.has(one.service) ? undefined : underWay.get(one.service);
      return rollout === undefined ? one : { ...one, waitsFor: rollout };
    });
    looks.push({ director: director.name, services });
  }
  return ok({ directors: looks, problems: wanted.problems });
}

const noTable: { readonly ok: false; readonly failure: Failure } = {
  ok: false,
  failure: { kind: 'unreachable', what: 'a director gave no table' },
};
