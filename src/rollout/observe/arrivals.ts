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
 * The rate at which connections really arrive in a service: over what tells it best since it last
 * changed. `undefined` where too few came, and too few were expected, to tell.
 */
export function arrivalRate(
  counts: readonly ArrivalCount[],
  service: ServiceKey,
  expectedPerS: number,
): ArrivalRate | undefined {
  const spans = spansOf(counts, service);
  const isTelling = ({ count, ms }: Span): boolean =>
    Math.max(count, (expectedPerS * ms) / 1_000) >= telling;
  const recent = spans.find(isTelling);
  if (!recent) return undefined;
  const told = spans.slice(spans.indexOf(recent));
  const other = told.findIndex((span) => !isAlike(span, recent));
  const same = told.slice(0, other < 0 ? told.length : other);
  // What came before the change was counted up to a period after it.
  const sinceMs = other < 0 ? Number.POSITIVE_INFINITY : (same.at(-1)?.ms ?? 0) - estimatorMs;
  const [first, ...longer] = same.filter(({ ms }) => ms <= sinceMs);
  if (!first) return { perS: perS(recent), uncertainty: estimatorMs / recent.ms };
  const best = longer.reduce((a, b) => (deviation(b) <= deviation(a) ? b : a), first);
  return { perS: perS(best), uncertainty: deviation(best) };
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

const perS = ({ count, ms }: Span): number => (count * 1_000) / ms;

/**
 * The part of a rate by which it may be wrong, as a standard deviation. The counters move by whole
 * periods: over five seconds they have those of four or of six, over six seconds and a hair those of six
 * nearly always.
 */
const deviation = ({ ms }: Span): number => {
  const past = ms % estimatorMs;
  return Math.sqrt(past * (estimatorMs - past)) / ms;
};

/** Tells whether two rates may be the same. */
const isAlike = (one: Span, other: Span): boolean => {
  const margin = alike * (1 + deviation(one)) * (1 + deviation(other));
  return perS(one) <= perS(other) * margin && perS(other) <= perS(one) * margin;
};
