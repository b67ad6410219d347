import type { Actor } from '../domain/actor/actor.ts';
import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { Result } from '../domain/failure.ts';
import type { ClusterClaim } from '../domain/rollout/cluster-claim.ts';
import type { Elsewhere } from '../domain/rollout/elsewhere.ts';
import type { RolloutState } from './state/rollout-state.ts';

/**
 * Claims on tables that are kept where each table is, so that whoever has another state folder, is another
 * user or comes from another machine knows of a rollout that is held or was cut off, and of a server that
 * is out.
 */
export interface TableClaims {
  /** Claims the services of a rollout of this store, under their locks and before the first edit. */
  put(claimed: Claimed): Promise<Result<void>>;
  /** Takes the claims of a rollout away, which is over; what cannot be taken away proves nothing. */
  remove(claimed: Claimed): Promise<void>;
  /** Takes claims away that another store has made, as far as this user may. */
  dismiss(claim: ClaimElsewhere): Promise<void>;
  /** Claims of other stores on these tables, in the names that this store has for tables. */
  others(tables: readonly string[]): Promise<Result<ClaimsElsewhere>>;
}

export type Claimed = Pick<RolloutState, 'rollout' | 'plan' | 'access'>;

export interface ClaimsElsewhere {
  readonly rollouts: readonly ClaimElsewhere[];
  readonly marks: readonly MarkElsewhere[];
  /** Services that clusters drive. */
  readonly clusters: readonly ClusterElsewhere[];
}

/** A rollout of another store that is not known to be over. */
export interface ClaimElsewhere {
  readonly at: Elsewhere;
  readonly rollout: string;
  /** The locks that it needs, in the names of this store. */
  readonly resources: readonly string[];
  /** Its state, where this process may read and believe its journal: with directors as this store reaches them. */
  readonly state: RolloutState | undefined;
  readonly sinceMs: number;
}

/** A server that an operator or a guard has out by another store. */
export interface MarkElsewhere {
  readonly at: Elsewhere;
  readonly table: string;
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly reason: 'operator' | 'health';
  readonly weight: number;
  readonly sinceMs: number;
  readonly name?: string | undefined;
  readonly actor?: Actor | undefined;
}

export type ClusterElsewhere = ClusterClaim & { readonly at: Elsewhere };

export const noClaimsElsewhere: ClaimsElsewhere = { rollouts: [], marks: [], clusters: [] };
