import type { TimePoint, TimeSeries } from '../../charts/time-chart.ts';
import type { ServerRecord, ServiceRecord } from '../../record/rollout-record.ts';

type Kind = 'activeConn' | 'inActConn';

export interface ConnectionChart {
  readonly title: string;
  readonly series: TimeSeries;
}

/**
 * What is open on the old servers of a service; where it has none, on the new ones. A picture each:
 * closed connections that wait for their end are many times those that are in use.
 */
export function connectionsOf({ servers }: ServiceRecord): readonly ConnectionChart[] {
  const role = servers.some((server) => server.role === 'old') ? 'old' : 'new';
  const followed = servers.filter(
    (server) => server.role === role && server.connections.length > 0,
  );
  const [first, ...others] = followed;
  if (!first) return [];
  const on =
    others.length === 0 ? `on ${first.server}, ${role}` : `on ${followed.length} ${role} servers`;
  const chart = (name: string, kind: Kind): ConnectionChart => ({
    title: `${name} connections`,
    series: {
      name: on,
      colour: role,
      stair: false,
      filled: true,
      points: summed(followed, kind),
    },
  });
  return [chart('Active', 'activeConn'), chart('Inactive', 'inActConn')];
}

/** The sum over servers that are looked at a little apart: of each what was seen of it last. */
function summed(servers: readonly ServerRecord[], kind: Kind): readonly TimePoint[] {
  const [only, ...others] = servers;
  if (only && others.length === 0) return only.connections.map((one) => [one.atMs, one[kind]]);
  const changes = servers
    .flatMap(({ connections }) =>
      connections.map((one, index) => ({
        atMs: one.atMs,
        by: one[kind] - (connections[index - 1]?.[kind] ?? 0),
      })),
    )
    .sort((a, b) => a.atMs - b.atMs);
  let sum = 0;
  return changes.flatMap(({ atMs, by }, index): TimePoint[] => {
    sum += by;
    return changes[index + 1]?.atMs === atMs ? [] : [[atMs, sum]];
  });
}
