import { type ServerKey, type ServiceKey, splitServerKey } from '../../domain/address.ts';
import { type CheckSpec, urlForServer } from '../../domain/health/gate.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { WantedService } from '../wanted/wanted.ts';

/** A server that is asked for its health, and the identity of the question. */
export interface AskedServer {
  readonly server: ServerKey;
  readonly address: string;
  readonly port: number;
  /** `http://10.0.0.1:10256/healthz`, `tcp 10.0.0.1:80`. */
  readonly asks: string;
  /** The same for all servers that one question answers for: node ports of one node, say. */
  readonly target: string;
  readonly check: CheckSpec;
}

/**
 * The servers of a service that are asked: those that serve or may come to, and rows of nodes whose object
 * is gone, of which only their health can tell whether they still live.
 */
export function askedServers(
  { servers, check, phase }: WantedService,
  rowsOfGoneNodes: readonly ServerKey[],
): readonly AskedServer[] {
  if (!check || phase === 'ending') return [];
  const wanted = servers.flatMap(({ key, address, port, presence }) =>
    presence.kind === 'leaves' && presence.pace === 'at-once'
      ? []
      : [{ server: key, address, port }],
  );
  const known = new Set(servers.map(({ key }) => key));
  const gone = rowsOfGoneNodes.flatMap((server) =>
    known.has(server) ? [] : [{ server, ...splitServerKey(server) }],
  );
  return [...wanted, ...gone].map((one) => {
    const asks = asksOf(check, one);
    return { ...one, check, asks, target: `${asks} ${JSON.stringify(check)}` };
  });
}

const asksOf = (
  { probe }: CheckSpec,
  { server, address, port }: Pick<AskedServer, 'server' | 'address' | 'port'>,
): string => (probe.kind === 'tcp' ? `tcp ${server}` : urlForServer(probe.url, address, port));

/** The rows of nodes whose object is gone, by service. */
export function rowsOfGoneNodes(
  claims: readonly ClusterClaim[],
): ReadonlyMap<ServiceKey, readonly ServerKey[]> {
  const found = new Map<ServiceKey, readonly ServerKey[]>();
  for (const { service, servers } of claims) {
    const gone = servers.flatMap(({ server, cause }) => (cause === 'node-deleted' ? [server] : []));
    if (gone.length > 0) found.set(service, [...(found.get(service) ?? []), ...gone]);
  }
  return found;
}
