import { type Failure, ok, type Result } from '../../domain/failure.ts';
import { type Change, type Snapshot, serviceOf } from '../../domain/ipvs/ipvs.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { ClusterClaims } from '../../rollout/cluster-claims.ts';
import type { Director } from '../../rollout/ports.ts';
import type { ServiceDecision } from '../decide/kube-view.ts';

export interface Written {
  /** The services of the table after the edits; as they were where nothing was edited. */
  readonly services: Snapshot['services'];
  /** The claims as they are kept now. */
  readonly claims: readonly ClusterClaim[];
  /** True when all edits are made; otherwise nobody knows which are. */
  readonly stands: boolean;
  readonly failure?: Failure | undefined;
}

interface WriteDeps {
  readonly director: Pick<Director, 'apply'>;
  readonly claims: ClusterClaims;
}

/**
 * Claims what becomes the cluster's own, then makes all edits as one `ipvsadm` process, then lets go of
 * what has left the table: wherever this is cut off, each own row has a claim.
 */
export async function writeDecisions(
  { director, claims: kept }: WriteDeps,
  decisions: readonly ServiceDecision[],
  before: { readonly snapshot: Snapshot; readonly claims: readonly ClusterClaim[] },
): Promise<Written> {
  const { snapshot } = before;
  let { claims } = before;
  const failed = (failure: Failure): Written => ({
    services: snapshot.services,
    claims,
    stands: false,
    failure,
  });
  for (const { claimBefore } of decisions) {
    if (!claimBefore) continue;
    const put = await kept.put(claimBefore);
    if (!put.ok) return failed(put.failure);
    claims = withClaim(claims, claimBefore);
  }
  const changes = decisions.flatMap(({ edits }) => edits);
  const applied = changes.length === 0 ? undefined : await director.apply(changes, snapshot);
  if (applied?.ok === false) return failed(applied.failure);
  const services = applied ? tableAfter(snapshot, applied.value, changes) : snapshot.services;
  for (const { claimAfter, service } of decisions) {
    if (!claimAfter) continue;
    const done = await settle(
      kept,
      claimAfter,
      claims.find((one) => one.service === service),
    );
    if (!done.ok) return { services, claims, stands: true, failure: done.failure };
    claims =
      claimAfter === 'none'
        ? claims.filter((one) => one.service !== service)
        : withClaim(claims, claimAfter);
  }
  return { services, claims, stands: true };
}

const settle = (
  kept: ClusterClaims,
  after: ClusterClaim | 'none',
  before: ClusterClaim | undefined,
): Promise<Result<void>> => {
  if (after !== 'none') return kept.put(after);
  return before ? kept.remove(before) : Promise.resolve(ok(undefined));
};

const withClaim = (
  claims: readonly ClusterClaim[],
  claim: ClusterClaim,
): readonly ClusterClaim[] => [...claims.filter((one) => one.service !== claim.service), claim];

/** The read-back laid over the table before: services of these changes that it does not show are gone. */
function tableAfter(
  before: Snapshot,
  readBack: Pick<Snapshot, 'services'>,
  changes: readonly Change[],
): Snapshot['services'] {
  const touched = new Set(changes.map(serviceOf));
  return [...before.services.filter(({ key }) => !touched.has(key)), ...readBack.services];
}
