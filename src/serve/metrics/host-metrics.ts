import type { HostCounters } from '../../domain/ipvs/host-counters.ts';
import type { TableMeasurement } from '../../domain/ipvs/measurement.ts';
import { counter, type Family, gauge, single } from './family.ts';

/** A pointer for each bucket of the hash. */
const bucketBytes = 8;
/** Bytes of an entry at least, by the kernel's word at its start ("needs 288 bytes at least"). */
const entryBytes = 288;

/** The connection table as a whole: how large it is made, how full it is, what it takes. */
export function connectionTableMetrics(
  table: TableMeasurement,
  { connectionSlab }: HostCounters,
): readonly Family[] {
  const size = table.connectionTableSize;
  const entries = table.services
    .flatMap(({ servers }) => servers)
    .reduce((sum, one) => sum + one.activeConn + one.inActConn + one.persistConn, 0);
  const memory = connectionSlab
    ? { source: 'slab', value: connectionSlab.objects * connectionSlab.objectBytes }
    : { source: 'estimate', value: entries * entryBytes };
  return [
    gauge('drain_ipvs_info', 'The IPVS of the kernel.', [
      { labels: { version: table.ipvsVersion }, value: 1 },
    ]),
    gauge(
      'drain_ipvs_connection_table_buckets',
      'Size of the hash of connections (conn_tab_bits); more connections fit, and are found more slowly.',
      single(size),
    ),
    gauge(
      'drain_ipvs_connection_table_entries',
      'Connections and persistence templates that belong to a real server in the table.',
      single(entries),
    ),
    gauge(
      'drain_ipvs_connection_table_bytes',
      'Memory of the hash and of its entries: of the whole machine by /proc/slabinfo, or 288 bytes for each entry.',
      [
        { labels: { part: 'buckets', source: 'size' }, value: size * bucketBytes },
        { labels: { part: 'entries', source: memory.source }, value: memory.value },
      ],
    ),
  ];
}

/** Metrics of the packets that the machine drops, by accident and on purpose. */
export const hostMetrics = ({ softnet, conntrack, sysctls }: HostCounters): readonly Family[] => [
  counter(
    'drain_host_softnet_processed_packets_total',
    'Packets that the processors took from the network devices.',
    single(softnet?.processed),
  ),
  counter(
    'drain_host_softnet_dropped_packets_total',
    'Packets dropped because the queue of a processor was full.',
    single(softnet?.dropped),
  ),
  counter(
    'drain_host_softnet_squeezed_total',
    'How often a processor stopped with packets still waiting.',
    single(softnet?.timeSqueezed),
  ),
  gauge(
    'drain_host_conntrack_entries',
    'Connections in the table of nf_conntrack.',
    single(conntrack?.entries),
  ),
  gauge(
    'drain_host_conntrack_entries_limit',
    'The most that the table of nf_conntrack takes.',
    single(conntrack?.maxEntries),
  ),
  counter(
    'drain_host_conntrack_dropped_packets_total',
    'Packets dropped because nf_conntrack had no entry for them.',
    single(conntrack?.dropped),
  ),
  counter(
    'drain_host_conntrack_insert_failed_total',
    'Connections that nf_conntrack could not insert.',
    single(conntrack?.insertFailed),
  ),
  counter(
    'drain_host_conntrack_early_dropped_total',
    'Connections that nf_conntrack threw out to make room.',
    single(conntrack?.earlyDropped),
  ),
  gauge(
    'drain_ipvs_defense_mode',
    'Settings with which IPVS drops on purpose (drop_entry, drop_packet, secure_tcp): 0 never, 1 and 2 while memory is short, 3 always.',
    [...sysctls].map(([setting, value]) => ({ labels: { setting }, value })),
  ),
];
