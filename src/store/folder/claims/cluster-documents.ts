import { ok, type Result } from '../../../domain/failure.ts';
import {
  type ClusterClaim,
  type ClusterSubject,
  serversOut,
} from '../../../domain/rollout/cluster-claim.ts';
import type { Store } from '../../../rollout/ports.ts';
import type { ClusterElsewhere } from '../../../rollout/table-claims.ts';
import { claimName } from '../../documents/marks.ts';
import { type ClaimMaker, clusterClaimName, type ServiceClaim } from './claim-file.ts';
import {
  type ClaimSelf,
  elsewhere,
  isByState,
  type Looking,
  type StatesElsewhere,
} from './states-elsewhere.ts';
import type { PlaceOf } from './table-places.ts';

/** Tells others of the services that a cluster drives, beside the locks of their tables. */
export interface ClusterDocuments {
  put(claim: ClusterClaim): void;
  remove(subject: ClusterSubject): void;
}

interface ClusterDocumentsOptions {
  readonly placeOf: PlaceOf;
  maker(): Promise<ClaimMaker>;
  nowMs(): number;
}

/**
 * Writes in the background, one document after the other and of each the latest: no edit of the cluster
 * waits for a machine to be told. The claim itself is kept; that others know of it is more than was promised.
 */
export function createClusterDocuments({
  placeOf,
  maker,
  nowMs,
}: ClusterDocumentsOptions): ClusterDocuments {
  const next = new Map<
    string,
    { readonly subject: ClusterSubject; readonly claim?: ClusterClaim }
  >();
  let isWriting = false;

  const write = async (mark: string, subject: ClusterSubject, claim?: ClusterClaim) => {
    const place = await placeOf(subject.table);
    if (!place) return;
    const { machine, table } = place;
    const by = await maker();
    const ready = await machine.ready();
    if (!ready.ok || ready.value === 'absent') return;
    const name = clusterClaimName(mark, by);
    if (!claim) return machine.documents.remove(name);
    if (ready.value !== 'there') return;
    const { service, cluster, of } = claim;
    const document: ServiceClaim = {
      ...by,
      ...{ mark, table, service, cluster, of, sinceMs: nowMs() },
      servers: serversOut([claim]).flatMap(({ server, node, weight, state, sinceMs, cause }) =>
        state === 'in' ? [] : [{ server, node, weight, state, sinceMs, cause }],
      ),
    };
    await machine.documents.put(name, JSON.stringify(document));
  };

  const writeAll = async (): Promise<void> => {
    isWriting = true;
    for (let first = next.entries().next(); !first.done; first = next.entries().next()) {
      const [mark, { subject, claim }] = first.value;
      next.delete(mark);
      await write(mark, subject, claim).catch(() => {});
    }
    isWriting = false;
  };

  const tell = (subject: ClusterSubject, claim?: ClusterClaim): void => {
    next.set(claimName(subject), { subject, ...(claim ? { claim } : {}) });
    if (!isWriting) void writeAll();
  };
  return { put: (claim) => tell(claim, claim), remove: (subject) => tell(subject) };
}

interface ClusterLook {
  /** The store itself, which knows its own claims. */
  readonly store: Pick<Store, 'marks'>;
  readonly self: ClaimSelf;
  readonly states: StatesElsewhere;
}

/** Makes of such a document what a cluster claims by another store; `undefined` where that has ended. */
export const clusterOf =
  ({ store, self, states }: ClusterLook) =>
  async (
    claim: ServiceClaim,
    { names, here }: Looking,
  ): Promise<Result<ClusterElsewhere | undefined>> => {
    const table = names.get(claim.table);
    if (table === undefined || isByState(claim, self.state, here)) return ok(undefined);
    const { service, cluster, of, servers } = claim;
    const own = await store.marks.clusters.list();
    if (!own.ok) return own;
    const isOwn = own.value.some(
      (one) => one.table === table && one.service === service && one.cluster === cluster,
    );
    if (isOwn || (await states.mark(claim)).kind === 'gone') return ok(undefined);
    return ok({
      ...{ at: elsewhere(claim, here, self), table, service, cluster, of },
      ...{ uid: '', addedService: false, servers: servers.map((one) => ({ ...one, uid: '' })) },
    });
  };
