import type { Result } from '../domain/failure.ts';
import type { FallbackClaim, FallbackSubject } from '../domain/health/fallback.ts';
import type { ClusterClaim, ClusterSubject } from '../domain/rollout/cluster-claim.ts';

/** The virtual services that clusters drive: one claim for each cluster, table and service. */
export interface ClusterClaims {
  list(): Promise<Result<readonly ClusterClaim[]>>;
  /** Replaces the claim of the same subject; the new one is kept for good before the call ends. */
  put(claim: ClusterClaim): Promise<Result<void>>;
  remove(subject: ClusterSubject): Promise<Result<void>>;
}

/** The fallback servers that guards have added: one claim for each table and service. */
export interface FallbackClaims {
  list(): Promise<Result<readonly FallbackClaim[]>>;
  /** Replaces the claim of the same subject; the new one is kept for good before the call ends. */
  put(claim: FallbackClaim): Promise<Result<void>>;
  remove(subject: FallbackSubject): Promise<Result<void>>;
}

/** Claims on whole services, which are kept beside the marks of single servers. */
export interface ServiceClaims {
  readonly clusters: ClusterClaims;
  readonly fallbacks: FallbackClaims;
}
