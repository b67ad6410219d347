import { formatDuration } from '../../domain/duration.ts';
import type { FallbackClaim } from '../../domain/health/fallback.ts';
import {
  type GuardReport,
  keptServers,
  keptWords,
  type ReportedServer,
} from '../../domain/health/guard-report.ts';
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

/** Servers that guards that are alive keep in although they are down, or should have less: a line each. */
export const keptLines = (
  reports: readonly GuardReport[],
  nowMs: number,
  asJson: boolean,
): string =>
  keptServers(reports, nowMs)
    .map((one) => {
      const { table, service, server, kept } = one;
      const record = { state: 'kept', server, service, table, reason: kept, ...keptTimes(one) };
      if (asJson) return `${JSON.stringify(record)}\n`;
      const where = table === 'ipvsadm' ? service : `${service} (${printable(table)})`;
      return `kept in: ${server} in ${where}, ${keptText(one, nowMs)}\n`;
    })
    .join('');

/** The last answer of a server that is kept in and since when it is so, as JSON has them. */
export const keptTimes = ({ sinceMs, detail, verdict }: Omit<ReportedServer, 'server'>) => ({
  verdict,
  since: new Date(sinceMs).toISOString(),
  detail,
});

/** `down for 5m (connect ECONNREFUSED), and has weight still: minServing is reached`. */
export function keptText(
  { verdict, sinceMs, detail, kept }: Omit<ReportedServer, 'server'>,
  nowMs: number,
): string {
  const seconds = Math.max(0, Math.floor((nowMs - sinceMs) / 1_000));
  const how =
    verdict === 'down'
      ? `down for ${formatDuration(seconds * 1_000)} (${printable(detail, 200)})`
      : 'wanted out, or at less weight';
  return `${how}, and has weight still: ${kept ? keptWords[kept] : 'no guard has taken it'}`;
}

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
