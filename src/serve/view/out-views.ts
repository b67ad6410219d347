import { actorText } from '../../domain/actor/actor.ts';
import { type ClusterClaim, clusterWords, serversOut } from '../../domain/rollout/cluster-claim.ts';
import type { MaintenanceMark } from '../../rollout/ports.ts';
import type { OutView } from './view.ts';

/**
 * Servers of one table that are out of service, each once for each reason: those of marks, and those that a
 * cluster takes out, for bad health or for a reason of its own. One that joins comes in, and is not out.
 */
export function outViews(
  table: string,
  marks: readonly MaintenanceMark[],
  claims: readonly ClusterClaim[],
): readonly OutView[] {
  const byMark = marks
    .filter((mark) => mark.table === table)
    .map(({ service, server, reason, sinceMs, actor }) => ({
      ...{ service, server, reason, sinceMs },
      ...(actor ? { why: actorText(actor) } : {}),
    }));
  const known = new Set(byMark.map(keyOf));
  const byCluster = serversOut(claims.filter((claim) => claim.table === table))
    .filter(({ state }) => state === 'leaving')
    .map((one): OutView => {
      const { service, server, sinceMs, cause } = one;
      const reason = cause === 'unhealthy' ? 'health' : 'cluster';
      return { service, server, reason, sinceMs, why: clusterWords(one) };
    });
  // A guard may have found the same.
  return [...byMark, ...byCluster.filter((one) => !known.has(keyOf(one)))];
}

const keyOf = ({ service, server, reason }: OutView): string => `${service} ${server} ${reason}`;
