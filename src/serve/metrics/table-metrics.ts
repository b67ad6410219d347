import { each, type Family, gauge, type Sample } from './family.ts';
import type { ServerRow, ServiceRow, TableRows } from './table-rows.ts';
import { trafficMetrics } from './traffic-metrics.ts';

/** Services and real servers, named as drain's events name them. */
export const tableMetrics = ({ services, servers }: TableRows): readonly Family[] => [
  ...serviceMetrics(services),
  ...trafficMetrics('service', services, ({ service }) => service),
  ...serverMetrics(servers),
  ...trafficMetrics('server', servers, ({ server }) => server),
];

const serviceMetrics = (rows: readonly ServiceRow[]): readonly Family[] => [
  gauge(
    'drain_service_info',
    'How a virtual service distributes connections.',
    each(rows, ({ labels, service: { scheduler, schedulerFlags, onePacket } }) => ({
      labels: {
        ...labels,
        scheduler,
        flags: schedulerFlags.join(','),
        one_packet: String(onePacket),
      },
      value: 1,
    })),
  ),
  gauge(
    'drain_service_servers',
    'Real servers of a virtual service.',
    each(rows, ({ labels, service }) => ({ labels, value: service.servers.length })),
  ),
  gauge(
    'drain_service_weighted_servers',
    'Real servers of a virtual service with a weight above 0, which get new connections.',
    each(rows, ({ labels, service }) => ({
      labels,
      value: service.servers.filter(({ weight }) => weight > 0).length,
    })),
  ),
  gauge(
    'drain_service_persistence_timeout_seconds',
    'How long a client stays with its real server; persistent services only.',
    each(rows, ({ labels, service: { persistence } }) =>
      persistence ? { labels, value: persistence.timeoutS } : undefined,
    ),
  ),
];

const serverMetrics = (rows: readonly ServerRow[]): readonly Family[] => [
  gauge(
    'drain_server_info',
    "How a real server is reached; with node_exporter's labels, to join its metrics by.",
    each(rows, ({ infoLabels }) => ({ labels: infoLabels, value: 1 })),
  ),
  gauge(
    'drain_server_persistent_connections',
    'Persistence templates on a real server of a persistent service; each is a client that comes back.',
    each(rows, ({ labels, service: { persistence }, server: { persistConn } }) =>
      persistence || persistConn > 0 ? { labels, value: persistConn } : undefined,
    ),
  ),
  gauge(
    'drain_server_upper_threshold_connections',
    'Connections above which a real server gets no new ones; only where there is a threshold.',
    each(rows, ({ labels, server }) => threshold(labels, server.upperThreshold)),
  ),
  gauge(
    'drain_server_lower_threshold_connections',
    'Connections below which a real server gets new ones again; only where there is a threshold.',
    each(rows, ({ labels, server }) => threshold(labels, server.lowerThreshold)),
  ),
];

const threshold = (labels: Sample['labels'], value: number): Sample | undefined =>
  value > 0 ? { labels, value } : undefined;
