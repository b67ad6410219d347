import type { TrafficRates, TrafficTotals } from '../../domain/ipvs/measurement.ts';
import { counter, each, type Family, gauge, type Labels } from './family.ts';

interface Traffic {
  readonly totals: TrafficTotals;
  readonly rates: TrafficRates;
}

/** Totals and rates of services or of servers: `drain_service_connections_total`, ... */
export const trafficMetrics = <R extends { readonly labels: Labels }>(
  of: 'service' | 'server',
  rows: readonly R[],
  trafficOf: (row: R) => Traffic,
): readonly Family[] => [
  ...kinds.map(({ key, name, what }) =>
    counter(
      `drain_${of}_${name}_total`,
      `${what} since the ${of} was added to the table.`,
      each(rows, (row) => ({ labels: row.labels, value: trafficOf(row).totals[key] })),
    ),
  ),
  ...kinds.map(({ rate, name, what }) =>
    gauge(
      `drain_${of}_${name}_per_second`,
      `${what} by the second, as the kernel estimates it over the last seconds.`,
      each(rows, (row) => ({ labels: row.labels, value: trafficOf(row).rates[rate] })),
    ),
  ),
];

const kinds = [
  { key: 'connections', rate: 'connectionsPerS', name: 'connections', what: 'New connections' },
  {
    key: 'inPackets',
    rate: 'inPacketsPerS',
    name: 'incoming_packets',
    what: 'Packets from clients',
  },
  {
    key: 'outPackets',
    rate: 'outPacketsPerS',
    name: 'outgoing_packets',
    what: 'Packets to clients',
  },
  { key: 'inBytes', rate: 'inBytesPerS', name: 'incoming_bytes', what: 'Bytes from clients' },
  { key: 'outBytes', rate: 'outBytesPerS', name: 'outgoing_bytes', what: 'Bytes to clients' },
] as const;
