import type { TraceEntry } from '../rollout/state/trace.ts';
import type { DeliveredShare, ServiceRecord } from './rollout-record.ts';

type Counted = Omit<ServiceRecord, 'delivered'>;
/**
 * The kernel's totals are up to two seconds old (ip_vs_est.c), one on average: so much earlier is the
 * time that they tell of.
 */
const lagMs = 1_000;

type Counts = Readonly<Record<string, number>>;

/** Shares of new connections between each two counts of a service; none where a count was reset. */
export function deliveredShares(
  service: Counted,
  trace: readonly TraceEntry[],
): readonly DeliveredShare[] {
  const followed = new Set(
    service.servers.filter(({ role }) => role === service.shareOf).map(({ server }) => server),
  );
  const readings = trace.flatMap((entry) => {
    if (entry.type !== 'totals' || entry.director !== service.director) return [];
    const counts = entry.services[service.service];
    return counts ? [{ atMs: entry.atMs, counts }] : [];
  });
  return readings.slice(1).flatMap(({ atMs, counts }, index) => {
    const before = readings[index];
    const grown = before && growth(before.counts, counts);
    if (!before || !grown) return [];
    const connections = sum(grown.map(([, count]) => count));
    if (connections === 0) return [];
    const onThem = sum(grown.map(([server, count]) => (followed.has(server) ? count : 0)));
    const fromMs = Math.max(before.atMs - lagMs, service.plannedShare[0]?.atMs ?? 0);
    const toMs = atMs - lagMs;
    if (toMs <= fromMs) return [];
    const planned = averageShare(service.plannedShare, fromMs, toMs);
    return [{ fromMs, toMs, connections, onThem, planned }];
  });
}

/**
 * The connections that each server got between two counts; `undefined` where a counter was reset. A
 * server that is new in the table began at 0.
 */
function growth(before: Counts, after: Counts): readonly (readonly [string, number])[] | undefined {
  const grown = Object.entries(after).map(
    ([server, count]) => [server, count - (before[server] ?? 0)] as const,
  );
  return grown.every(([, count]) => count >= 0) ? grown : undefined;
}

/** The mean of a stair line between two times. */
function averageShare(points: ServiceRecord['plannedShare'], fromMs: number, toMs: number): number {
  const area = points.map(({ atMs, share }, index) => {
    const start = Math.max(fromMs, atMs);
    const end = Math.min(toMs, points[index + 1]?.atMs ?? Number.POSITIVE_INFINITY);
    return Math.max(0, end - start) * share;
  });
  return sum(area) / (toMs - fromMs);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
