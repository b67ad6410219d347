import type { TrafficTotals } from '../../domain/ipvs/measurement.ts';
import { counter, each, type Family, gauge, type Labels, single } from './family.ts';
import type { ServerRow } from './table-rows.ts';

/**
 * Metrics of real servers as node_exporter's `ipvs` collector has them, under the same names with
 * the same labels, so that dashboards made for the collector work.
 */
export function nodeBackends(rows: readonly ServerRow[]): readonly Family[] {
  const servers = sumsByLabels(rows);
  const of = (value: (sums: Sums) => number) =>
    each(servers, (sums) => ({ labels: sums.labels, value: value(sums) }));
  return [
    gauge(
      'node_ipvs_backend_connections_active',
      'The current active connections by local and remote address.',
      of(({ active }) => active),
    ),
    gauge(
      'node_ipvs_backend_connections_inactive',
      'The current inactive connections by local and remote address.',
      of(({ inactive }) => inactive),
    ),
    gauge(
      'node_ipvs_backend_weight',
      'The current backend weight by local and remote address.',
      of(({ weight }) => weight),
    ),
  ];
}

/** The totals as node_exporter has them, from the same file; the kernel updates that every 2 s. */
export function nodeTotals(totals: TrafficTotals | undefined): readonly Family[] {
  const of = (key: keyof TrafficTotals) => single(totals?.[key]);
  return [
    counter(
      'node_ipvs_connections_total',
      'The total number of connections made.',
      of('connections'),
    ),
    counter(
      'node_ipvs_incoming_packets_total',
      'The total number of incoming packets.',
      of('inPackets'),
    ),
    counter(
      'node_ipvs_outgoing_packets_total',
      'The total number of outgoing packets.',
      of('outPackets'),
    ),
    counter('node_ipvs_incoming_bytes_total', 'The total amount of incoming data.', of('inBytes')),
    counter('node_ipvs_outgoing_bytes_total', 'The total amount of outgoing data.', of('outBytes')),
  ];
}

interface Sums {
  readonly labels: Labels;
  readonly active: number;
  readonly inactive: number;
  readonly weight: number;
}

/** node_exporter adds up what has the same labels: a server in both families of one mark. */
function sumsByLabels(rows: readonly ServerRow[]): readonly Sums[] {
  const marked = new Map<string, Sums>();
  const others: Sums[] = [];
  for (const row of rows) {
    if (row.service.address.kind !== 'fwmark') {
      others.push(sumsOf(row));
      continue;
    }
    const key = Object.values(row.nodeLabels).join(' ');
    marked.set(key, sumsOf(row, marked.get(key)));
  }
  return [...others, ...marked.values()];
}

const sumsOf = ({ nodeLabels, server }: ServerRow, before?: Sums): Sums => ({
  labels: nodeLabels,
  active: server.activeConn + (before?.active ?? 0),
  inactive: server.inActConn + (before?.inactive ?? 0),
  weight: server.weight + (before?.weight ?? 0),
});
