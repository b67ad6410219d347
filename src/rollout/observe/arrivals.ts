import type { ServiceKey } from '../../domain/address.ts';
import type { RecentTotals } from '../ports.ts';
import type { ArrivalCount } from './observation.ts';

/** Counts that are kept: a step is listed for once, and a rate is that of the last few steps. */
const mostCounts = 8;

/** The counts of late with those of one more listing. */
export function withArrivals(
  before: readonly ArrivalCount[] = [],
  { atMs, totals }: RecentTotals,
): readonly ArrivalCount[] {
  const connections = new Map<ServiceKey, number>();
  for (const [service, servers] of totals) {
    let sum = 0;
    for (const server of servers.values()) sum += server.connections;
    connections.set(service, sum);
  }
  return [...before.slice(1 - mostCounts), { atMs, connections }];
}

/** The period at which the kernel adds its counters up: what came since is not in them yet. */
const estimatorMs = 2_000;
const leastMs = 2 * estimatorMs;

/** Connections that say something about their rate. */
const telling = 8;

/** The factor by which the same rate may look different over few connections. */
const alike = 1.25;

/** The rate of new connections. */
export interface ArrivalRate {
  readonly perS: number;
  /** The part of the rate by which it may be wrong for the time at which the kernel counts. */
  readonly uncertainty: number;
}

/**
 * The rate at which connections really arrive in a service: of late, and where it was the same before,
 * over what tells it best. `undefined` where too few came, and too few were expected, to tell.
 */
export function arrivalRate(
  counts: readonly ArrivalCount[],
  service: ServiceKey,
  expectedPerS: number,
): ArrivalRate | undefined {
  const spans = spansOf(counts, service);
  const isTelling = ({ count, ms }: Span): boolean =>
    Math.max(count, (expectedPerS * ms) / 1_000) >= telling;
  const from = spans.findIndex(isTelling);
  const [recent, ...longer] = spans.slice(Math.max(0, from)).map(rateOf);
  if (from < 0 || !recent) return undefined;
  let best = recent;
  for (const one of longer) {
    const margin = alike * (1 + recent.uncertainty) * (1 + one.uncertainty);
    if (one.perS > recent.perS * margin || recent.perS > one.perS * margin) break;
    if (one.uncertainty <= best.uncertainty) best = one;
  }
  return best;
}

/** Connections that came in some time, up to the latest count. */
interface Span {
  readonly count: number;
  readonly ms: number;
}

/** The spans from each earlier count on, the shortest first. */
function spansOf(counts: readonly ArrivalCount[], service: ServiceKey): readonly Span[] {
  const latest = counts.at(-1);
  const now = latest?.connections.get(service);
  if (!latest || now === undefined) return [];
  return counts.toReversed().flatMap(({ atMs, connections }) => {
    const ms = latest.atMs - atMs;
    const count = now - (connections.get(service) ?? Number.NaN);
    // A server that was taken out took its count along.
    return ms >= leastMs && count >= 0 ? [{ count, ms }] : [];
  });
}

/** The counters move by whole periods: over five seconds they have those of four or of six. */
const rateOf = ({ count, ms }: Span): ArrivalRate => {
  const past = ms % estimatorMs;
  return {
    perS: (count * 1_000) / ms,
    uncertainty: Math.max(past, estimatorMs - past) / ms,
  };
};
