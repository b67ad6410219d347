import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type {
  ServerMeasurement,
  ServiceMeasurement,
  TableMeasurement,
} from '../../domain/ipvs/measurement.ts';
import { type Labels, noLabels } from './family.ts';
import { nodeLabels } from './node-labels.ts';

export interface ServiceRow {
  readonly labels: Labels;
  readonly service: ServiceMeasurement;
}

export interface ServerRow extends ServiceRow {
  /** Labels with node_exporter's names. */
  readonly nodeLabels: Labels;
  /** Labels with both kinds of names, and the forwarding method. */
  readonly infoLabels: Labels;
  readonly server: ServerMeasurement;
}

export interface TableRows {
  readonly services: readonly ServiceRow[];
  readonly servers: readonly ServerRow[];
}

type Known = ReadonlyMap<ServiceKey, KnownService>;

interface KnownService {
  readonly labels: Labels;
  readonly servers: ReadonlyMap<ServerKey, ServerRow>;
}

/**
 * The lines of a table with their labels, which all of its metrics share. A line that was there the
 * last time keeps its very labels: they are half of the work of a scrape, and hardly ever change.
 * `common`: labels that all of them have.
 */
export function createTableRows(common: Labels = noLabels): (table: TableMeasurement) => TableRows {
  let known: Known = new Map();
  return ({ services }) => {
    const next = new Map<ServiceKey, KnownService>();
    const rows: { services: ServiceRow[]; servers: ServerRow[] } = { services: [], servers: [] };
    for (const service of services) {
      const before = known.get(service.key);
      const labels = before?.labels ?? { ...common, service: service.key };
      const servers = new Map<ServerKey, ServerRow>();
      rows.services.push({ service, labels });
      for (const server of service.servers) {
        const row = serverRow({ service, labels }, server, common, before?.servers.get(server.key));
        servers.set(server.key, row);
        rows.servers.push(row);
      }
      next.set(service.key, { labels, servers });
    }
    known = next;
    return rows;
  };
}

function serverRow(
  { service, labels: ofService }: ServiceRow,
  server: ServerMeasurement,
  common: Labels,
  before: ServerRow | undefined,
): ServerRow {
  const labels = before?.labels ?? { ...ofService, server: server.key };
  const byNode = before?.nodeLabels ?? { ...common, ...nodeLabels(service.address, server) };
  const { forwarding } = server;
  const infoLabels =
    before?.server.forwarding === forwarding
      ? before.infoLabels
      : { ...labels, forwarding, ...byNode };
  return { labels, nodeLabels: byNode, infoLabels, service, server };
}
