import { formatDuration } from '../../domain/duration.ts';
import { printable } from '../../domain/printable.ts';
import type { MaintenanceMark } from '../../rollout/ports.ts';

/** Servers that are out of service, since when and why: a line each, for people or as JSON. */
export const outLines = (marks: readonly MaintenanceMark[], asJson: boolean): string =>
  marks.map((mark) => (asJson ? `${JSON.stringify(asRecord(mark))}\n` : asWords(mark))).join('');

const asRecord = ({ table, service, server, reason, weight, sinceMs }: MaintenanceMark) => ({
  state: 'out',
  server,
  service,
  table,
  reason,
  weight,
  since: new Date(sinceMs).toISOString(),
});

const reasons = { operator: 'drain out', health: 'its health check fails' } as const;

/** `out: 10.0.0.1:80 in tcp/10.0.0.100:80, for 5m (drain out), weight 100 before`. */
function asWords({ table, service, server, reason, weight, sinceMs }: MaintenanceMark): string {
  const since = formatDuration(Math.max(0, Math.floor((Date.now() - sinceMs) / 1_000)) * 1_000);
  const where = table === 'ipvsadm' ? service : `${service} (${printable(table)})`;
  const before = weight > 0 ? `weight ${weight} before` : 'no weight before';
  return `out: ${server} in ${where}, for ${since}: ${reasons[reason]}, ${before}\n`;
}
