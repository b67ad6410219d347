import type { TimePoint, TimeSeries } from '../../charts/time-chart.ts';
import { fullName, type NamesByServer } from '../../domain/places/named-servers.ts';
import type { DeliveredShare, ServerRecord, ServiceRecord } from '../../record/rollout-record.ts';

/** Planned and delivered shares: a value for each time between two counts. */
export function shareSeries(service: ServiceRecord, untilMs: number): readonly TimeSeries[] {
  const { delivered, plannedShare, shareOf } = service;
  const planned: TimeSeries = {
    name: 'planned',
    colour: 'ink',
    line: 'dashed',
    stair: true,
    points: held(
      evenly(plannedShare).map(({ atMs, share }) => [atMs, share]),
      untilMs,
    ),
  };
  if (delivered.length === 0) return [planned];
  const windows = merged(delivered);
  const points: TimePoint[] = [];
  for (const [index, { fromMs, toMs, connections, onThem }] of windows.entries()) {
    const value = onThem / connections;
    points.push([fromMs, value]);
    const next = windows[index + 1];
    if (!next || next.fromMs > toMs) points.push([toMs, value], [toMs, null]);
  }
  return [{ name: 'delivered', colour: shareOf, stair: true, filled: true, points }, planned];
}

type Window = Pick<DeliveredShare, 'fromMs' | 'toMs' | 'connections' | 'onThem'>;

const mostWindows = 400;

/** Merges counts where they are many: a share of more connections says more. */
function merged(delivered: readonly DeliveredShare[]): readonly Window[] {
  if (delivered.length <= mostWindows) return delivered;
  const each = Math.ceil(delivered.length / mostWindows);
  return Array.from({ length: Math.ceil(delivered.length / each) }, (_, nth): Window => {
    const own = delivered.slice(nth * each, (nth + 1) * each);
    return {
      fromMs: own[0]?.fromMs ?? 0,
      toMs: own.at(-1)?.toMs ?? 0,
      connections: own.reduce((sum, one) => sum + one.connections, 0),
      onThem: own.reduce((sum, one) => sum + one.onThem, 0),
    };
  });
}

type Kind = 'activeConn' | 'inActConn';

export interface ConnectionChart {
  readonly title: string;
  readonly series: TimeSeries;
}

/**
 * Open connections of a service's old servers, or where it has none of its new ones. A picture
 * each: closed connections that wait for their end are many times those that are in use.
 */
export function connectionsOf(
  { servers }: ServiceRecord,
  names: NamesByServer | undefined,
): readonly ConnectionChart[] {
  const role = servers.some((server) => server.role === 'old') ? 'old' : 'new';
  const followed = servers.filter(
    (server) => server.role === role && server.connections.length > 0,
  );
  const [first, ...others] = followed;
  if (!first) return [];
  const on =
    others.length === 0
      ? `on ${fullName(first.server, names)}, ${role}`
      : `on ${followed.length} ${role} servers`;
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

/** Adds up servers that are sampled a little apart, each by its last sample. */
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

/** The most points of a line: more than a picture has dots. */
const most = 2_000;

/** Thins out a very long list evenly, and keeps the last item. */
export function evenly<T>(list: readonly T[]): readonly T[] {
  if (list.length <= most) return list;
  const each = Math.ceil(list.length / most);
  return list.filter((_, index) => index % each === 0 || index === list.length - 1);
}

/** Extends a stair to `untilMs`. */
export const held = (points: readonly TimePoint[], untilMs: number): readonly TimePoint[] => {
  const last = points.at(-1);
  return last && last[0] < untilMs ? [...points, [untilMs, last[1]]] : points;
};
