import { actorText } from '../../domain/actor/actor.ts';
import { formatDuration } from '../../domain/duration.ts';
import { calledServer } from '../../domain/places/named-servers.ts';
import { printable } from '../../domain/printable.ts';
import { type ClusterClaim, clusterWords, serversOut } from '../../domain/rollout/cluster-claim.ts';
import type { MaintenanceMark } from '../../rollout/ports.ts';

/** Servers that are out of service, since when and why: a line each, for people or as JSON. */
export const outLines = (marks: readonly MaintenanceMark[], asJson: boolean): string =>
  marks.map((mark) => (asJson ? `${JSON.stringify(asRecord(mark))}\n` : asWords(mark))).join('');

/** Servers that clusters have out, or bring in little by little: a line each. */
export const clusterLines = (claims: readonly ClusterClaim[], asJson: boolean): string =>
  serversOut(claims)
    .map((one) => {
      const { table, service, server, weight, sinceMs, cluster, node, state, cause } = one;
      const found = { table, service, server, weight, sinceMs };
      if (!asJson) return lineOf(found, clusterWords(one));
      const record = { ...asRecord({ ...found, reason: 'cluster' }), cluster, node, cause };
      return `${JSON.stringify({ ...record, state: state === 'joining' ? 'joining' : 'out' })}\n`;
    })
    .join('');

type Found = Pick<
  MaintenanceMark,
  'table' | 'service' | 'server' | 'weight' | 'sinceMs' | 'actor' | 'name'
>;

const asRecord = ({
  table,
  service,
  server,
  reason,
  weight,
  sinceMs,
  actor,
  name,
}: Found & { readonly reason: string }) => ({
  state: 'out',
  server,
  service,
  table,
  reason,
  weight,
  since: new Date(sinceMs).toISOString(),
  ...(name === undefined ? {} : { name }),
  ...(actor ? { actor } : {}),
});

const reasons = { operator: 'drain out', health: 'its health check fails' } as const;

/** `out: web-1 (10.0.0.1:80) in tcp/10.0.0.100:80, for 5m (drain out), weight 100 before`. */
const asWords = (mark: MaintenanceMark): string =>
  lineOf(mark, mark.actor ? `drain out by ${actorText(mark.actor)}` : reasons[mark.reason]);

function lineOf({ table, service, server, name, weight, sinceMs }: Found, why: string): string {
  const since = formatDuration(Math.max(0, Math.floor((Date.now() - sinceMs) / 1_000)) * 1_000);
  const where = table === 'ipvsadm' ? service : `${service} (${printable(table)})`;
  const before = weight > 0 ? `weight ${weight} before` : 'no weight before';
  return `out: ${calledServer(server, name)} in ${where}, for ${since}: ${why}, ${before}\n`;
}
