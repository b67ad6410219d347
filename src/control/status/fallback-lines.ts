import { formatDuration } from '../../domain/duration.ts';
import type { FallbackClaim } from '../../domain/health/fallback.ts';
import { printable } from '../../domain/printable.ts';

/** Servers that stand in for dead ones, or leave after that: a line each, for people or as JSON. */
export const fallbackLines = (claims: readonly FallbackClaim[], asJson: boolean): string =>
  claims
    .flatMap(({ table, service, servers, ...since }) =>
      servers.map((server) => {
        if (asJson)
          return `${JSON.stringify({ state: 'fallback', server, service, table, ...fallbackTimes(since) })}\n`;
        const where = table === 'ipvsadm' ? service : `${service} (${printable(table)})`;
        return `fallback: ${server} in ${where}, ${fallbackWords(since, Date.now())}\n`;
      }),
    )
    .join('');

type Times = Pick<FallbackClaim, 'sinceMs' | 'leavingMs'>;

/** The times of a claim, as JSON has them. */
export const fallbackTimes = ({ sinceMs, leavingMs }: Times) => ({
  since: new Date(sinceMs).toISOString(),
  ...(leavingMs === undefined ? {} : { leavingSince: new Date(leavingMs).toISOString() }),
});

/** `for 5m: stands in, for no server of the service answers well`. */
export function fallbackWords({ sinceMs, leavingMs }: Times, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - (leavingMs ?? sinceMs)) / 1_000));
  const what =
    leavingMs === undefined
      ? 'stands in, for no server of the service answers well'
      : 'leaves as its connections end, for the service has servers again';
  return `for ${formatDuration(seconds * 1_000)}: ${what}`;
}
