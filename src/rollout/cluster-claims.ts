import type { Result } from '../domain/failure.ts';
import type { ClusterClaim, ClusterSubject } from '../domain/rollout/cluster-claim.ts';

/** The virtual services that clusters drive: one claim for each cluster, table and service. */
export interface ClusterClaims {
  list(): Promise<Result<readonly ClusterClaim[]>>;
  /** Replaces the claim of the same subject; the new one is kept for good before the call ends. */
  put(claim: ClusterClaim): Promise<Result<void>>;
  remove(subject: ClusterSubject): Promise<Result<void>>;
}
