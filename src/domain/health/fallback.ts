import type { ServerKey, ServerName, ServiceKey } from '../address.ts';
import type { ForwardingMethod } from '../ipvs/ipvs.ts';

/** A server that stands in for those of a service while all of them are dead, as a guard file names it. */
export interface FallbackServer {
  /** Without a port: that of the service's first server. */
  readonly server: ServerName;
  /** Absent: what the service's own servers weigh together. */
  readonly weight?: number;
  /** Absent: that of the service's first server. */
  readonly forwarding?: ForwardingMethod;
}

export interface FallbackSubject {
  /** The table as locks and marks name it. */
  readonly table: string;
  readonly service: ServiceKey;
}

/**
 * The fallback servers that a guard has added to a service: kept before the edit that adds them, until they
 * have left the table. None of them is a server of the service's own.
 */
export interface FallbackClaim extends FallbackSubject {
  readonly servers: readonly ServerKey[];
  /** The time when they came in. */
  readonly sinceMs: number;
  /** The time since which they have weight 0 and leave as their connections end; absent: they serve. */
  readonly leavingMs?: number | undefined;
}

/** The fallback servers of one service of a table. */
export const fallbacksOf = (
  claims: readonly FallbackClaim[],
  service: ServiceKey,
): ReadonlySet<ServerKey> =>
  new Set(claims.flatMap((claim) => (claim.service === service ? claim.servers : [])));
