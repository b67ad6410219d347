import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { TrafficTotals } from '../../domain/ipvs/measurement.ts';
import type { ConnectionTotals } from '../ports.ts';

/** The totals of one director at a time. */
export interface TrafficReading {
  readonly atMs: number;
  readonly totals: ConnectionTotals;
}

/** The traffic between two readings. */
export interface TrafficWindow {
  readonly spanMs: number;
  readonly own: TrafficTotals;
  /** The other servers together. */
  readonly others: TrafficTotals;
  /** The other servers together, since they were added. */
  readonly othersEver: TrafficTotals;
}

export interface WindowOptions {
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly others: readonly ServerKey[];
  /** The window goes back as far as it must for so many connections of the server. */
  readonly connections: number;
}

/** Totals lag up to two seconds, so what is nearer together says little. */
const shortestMs = 2_000;

/** The shortest window up to the last reading with enough connections; none when there were fewer. */
export function windowOf(
  readings: readonly TrafficReading[],
  { service, server, others, connections }: WindowOptions,
): TrafficWindow | undefined {
  const last = readings.at(-1);
  const after = last?.totals.get(service);
  const now = after?.get(server);
  if (!last || !after || !now) return undefined;
  const fits = ({ atMs, totals }: TrafficReading): boolean => {
    const before = totals.get(service)?.get(server);
    if (!before || last.atMs - atMs < shortestMs) return false;
    return now.connections - before.connections >= connections;
  };
  const first = readings.findLast(fits);
  const before = first?.totals.get(service);
  if (!first || !before) return undefined;
  const own = difference(now, before.get(server));
  // Smaller than before: somebody has set the counters to zero.
  if (own === undefined) return undefined;
  return {
    spanMs: last.atMs - first.atMs,
    own,
    others: sum(others.flatMap((key) => difference(after.get(key), before.get(key)) ?? [])),
    othersEver: sum(others.flatMap((key) => after.get(key) ?? [])),
  };
}

/**
 * The age that a connection of the window may have now: the totals lag up to two seconds, and a
 * handshake is given one until it counts as unanswered.
 */
export const recentS = ({ spanMs }: TrafficWindow): number => Math.ceil(spanMs / 1_000) + 3;

export const noTraffic: TrafficTotals = {
  connections: 0,
  inPackets: 0,
  outPackets: 0,
  inBytes: 0,
  outBytes: 0,
};

const combine = (
  a: TrafficTotals,
  b: TrafficTotals,
  of: (a: number, b: number) => number,
): TrafficTotals => ({
  connections: of(a.connections, b.connections),
  inPackets: of(a.inPackets, b.inPackets),
  outPackets: of(a.outPackets, b.outPackets),
  inBytes: of(a.inBytes, b.inBytes),
  outBytes: of(a.outBytes, b.outBytes),
});

function difference(
  after: TrafficTotals | undefined,
  before: TrafficTotals | undefined,
): TrafficTotals | undefined {
  if (!after || !before) return undefined;
  const grown = combine(after, before, (a, b) => a - b);
  return Object.values(grown).every((count) => count >= 0) ? grown : undefined;
}

const sum = (all: readonly TrafficTotals[]): TrafficTotals =>
  all.reduce((total, one) => combine(total, one, (a, b) => a + b), noTraffic);
