import type { ServerKey, ServiceKey } from '../address.ts';
import { printable } from '../printable.ts';
import { type Elsewhere, placeText } from './elsewhere.ts';

/**
 * A virtual service of one table that a cluster drives, with its own servers there: only those does
 * `drain kube` ever edit. Kept before each edit that makes a server its own, or lets it go.
 */
export interface ClusterClaim extends ClusterSubject {
  /** The Kubernetes Service that asks for it. */
  readonly of: { readonly namespace: string; readonly name: string; readonly port: string };
  /** Of that Service: numbers of node ports are used again by another one. */
  readonly uid: string;
  /** Whether drain has added the virtual service, and removes it in the end. */
  readonly addedService: boolean;
  /** The weight that the own servers have together beside others', whose share stays. */
  readonly pot?: number | undefined;
  readonly servers: readonly ClaimedServer[];
  /** The store that keeps it, where that is another one: of its servers those alone that are not in. */
  readonly at?: Elsewhere | undefined;
}

export interface ClusterSubject {
  /** The table as `resourcesOf` names it. */
  readonly table: string;
  readonly service: ServiceKey;
  /** The cluster's name in the file of its controller. */
  readonly cluster: string;
}

/** A real server that belongs to a cluster. */
export interface ClaimedServer {
  readonly server: ServerKey;
  /** The node's name; absent for a pod of which the cluster does not name it. */
  readonly node?: string | undefined;
  /** Of the node, or of the pod: addresses are used again by other machines. */
  readonly uid: string;
  /** The weight that it has, or comes to, when nothing keeps it out. */
  readonly weight: number;
  /** The weight in the table before the last edit that this was kept for; absent: it was not there. */
  readonly from?: number | undefined;
  readonly state: 'joining' | 'in' | 'leaving';
  readonly sinceMs: number;
  /** The reason why it leaves: `exclude-label`, `node-deleted`, ... */
  readonly cause?: string | undefined;
  /** The times of its latest departures, the last one last, while they count against it. */
  readonly leftMs?: readonly number[] | undefined;
}

/** A claimed server that is not in service, or not with all of its weight yet. */
export type ServerOut = ClaimedServer & Pick<ClusterClaim, 'cluster' | 'service' | 'table' | 'at'>;

/** The servers that clusters have out, or bring in little by little. */
export const serversOut = (claims: readonly ClusterClaim[]): readonly ServerOut[] =>
  claims.flatMap(({ servers, cluster, service, table, at }) =>
    servers.flatMap((one) =>
      one.state === 'in' ? [] : [{ ...one, cluster, service, table, ...(at ? { at } : {}) }],
    ),
  );

/** The server of a service that a cluster has out, or brings in. */
export const outByCluster = (
  claims: readonly ClusterClaim[],
  service: ServiceKey,
  server: ServerKey,
): ServerOut | undefined =>
  serversOut(claims.filter((claim) => claim.service === service)).find(
    (one) => one.server === server,
  );

/** `cluster prod, node worker-2: exclude-label`; `cluster prod, node worker-2: joining`. */
export const clusterWords = ({ cluster, node, state, cause, at }: ServerOut): string => {
  const who = node === undefined ? '' : `, node ${printable(node)}`;
  const where = at ? ` ${placeText(at)}` : '';
  return `cluster ${printable(cluster)}${where}${who}: ${state === 'joining' ? state : printable(cause ?? state)}`;
};
