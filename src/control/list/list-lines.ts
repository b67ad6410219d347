import { formatDuration } from '../../domain/duration.ts';
import { printable, shortList } from '../../domain/printable.ts';
import { count, grouped, percent } from '../../reporters/text/amounts.ts';
import { columnsOf } from '../../reporters/text/columns.ts';
import { handOver } from '../../reporters/wording.ts';
import { fallbackWords, keptText } from '../status/fallback-lines.ts';
import type {
  ListedFallback,
  ListedFloor,
  ListedKept,
  ListedOut,
  ListedServer,
  ListedService,
} from './listed-service.ts';

/** A service with the directors on which it is alike. */
interface Alike {
  readonly service: ListedService;
  readonly directors: readonly string[];
}

/**
 * The services as text: a line each with what is true of all of it, and below it its servers. Directors
 * whose table of a service is the same but for its connections share its lines.
 */
export function listLines(services: readonly ListedService[], nowMs: number): string {
  const directors = new Set(services.map(({ director }) => director));
  const groups = new Map<string, Alike>();
  for (const service of services) {
    const key = JSON.stringify(withoutTraffic(service));
    const known = groups.get(key);
    groups.set(
      key,
      known
        ? { ...known, directors: [...known.directors, service.director] }
        : { service, directors: [service.director] },
    );
  }
  return [...groups.values()]
    .map(({ service, directors: alike }) => {
      const where = directors.size > 1 ? alike : [];
      return serviceLines(service, where, nowMs).map((line) => `${line}\n`);
    })
    .map((lines) => lines.join(''))
    .join('\n');
}

const withoutTraffic = ({ director: _, connectionsPerSecond: __, ...service }: ListedService) => ({
  ...service,
  servers: service.servers.map(
    ({ activeConn: _active, inActConn: _inactive, persistConn: _persistent, ...server }) => server,
  ),
});

function serviceLines(
  service: ListedService,
  directors: readonly string[],
  nowMs: number,
): readonly string[] {
  const { servers, scheduler, connectionsPerSecond: rate } = service;
  const own = servers.filter(({ fallback }) => !fallback);
  const serving = own.filter(({ weight }) => weight > 0).length;
  const total = servers.reduce((sum, { weight }) => sum + weight, 0);
  const where =
    directors.length > 0 ? ` on ${shortList(directors.map((one) => printable(one)))}` : '';
  const traffic = rate === undefined ? '' : `, ${grouped(Math.round(rate))} new connections/s`;
  const head = `${service.service} (${printable(scheduler)})${where}: ${serving} of ${count(own.length, 'server')} in service${traffic}`;
  const rows = servers.map((server) => [
    server.server,
    [...server.names, ...server.groups.map((group) => `[${group}]`)]
      .map((name) => printable(name))
      .join(' '),
    weightText(server),
    total === 0 ? '' : percent(server.weight / total, 1),
    `${server.activeConn} active, ${server.inActConn} inactive`,
    [
      ...server.out.map((one) => outText(one, nowMs)),
      ...(server.kept ? [keptWordsOf(server.kept, nowMs)] : []),
      ...(server.fallback ? [fallbackText(server.fallback, nowMs)] : []),
    ].join('; '),
  ]);
  return [
    head,
    ...(service.minServing ? [`  ${floorLine(service.minServing)}`] : []),
    ...aligned(rows).map((line) => `  ${line}`),
    ...service.rollouts.map(
      ({ rollout, state, step, of, message, ...plan }) =>
        `  rollout ${rollout}: ${state}, ${handOver(plan)}, step ${step} of ${of}${message ? `; ${printable(message, 400)}` : ''}`,
    ),
    ...(service.managedBy === undefined ? [] : [`  managed by ${printable(service.managedBy)}`]),
    ...service.clusters.map((cluster) => `  driven by cluster ${printable(cluster)}`),
  ];
}

/** `minServing 50%: 200 of 300 weight in service, room for 50 above its floor of 150`. */
function floorLine({ floor, unit, serving, of, least, spare }: ListedFloor): string {
  const room =
    spare < 0
      ? `below its floor of ${least} by ${-spare}`
      : spare === 0
        ? 'at its floor: nobody more may leave'
        : `room for ${spare} above its floor of ${least}`;
  return `minServing ${floor}: ${serving} of ${of} ${unit} in service, ${room}`;
}

/** `weight 5 (base 50)`: the weight that is remembered, where that is another. */
const weightText = ({ weight, baseWeight }: ListedServer): string =>
  `weight ${weight}${baseWeight === weight ? '' : ` (base ${baseWeight})`}`;

const reasons = { operator: 'drain out', health: 'its health check fails' } as const;

const keptWordsOf = ({ reason, since, verdict, detail }: ListedKept, nowMs: number): string =>
  keptText(
    { verdict, detail, kept: reason, sinceMs: Date.parse(since), askedMs: nowMs, flaps: 0 },
    nowMs,
  );

/** `fallback for 5m: stands in, for no server of the service answers well`. */
function fallbackText({ since, leavingSince }: ListedFallback, nowMs: number): string {
  const leavingMs = leavingSince === undefined ? undefined : Date.parse(leavingSince);
  return `fallback ${fallbackWords({ sinceMs: Date.parse(since), leavingMs }, nowMs)}`;
}

/** `out for 5m: drain out, weight 100 before`. */
function outText({ reason, since, weight, detail }: ListedOut, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(since)) / 1_000));
  const words = reason === 'cluster' ? reason : reasons[reason];
  const why = printable(detail ?? words, 200);
  const part = reason === 'health' && detail !== undefined ? 'a part' : 'out';
  return `${part} for ${formatDuration(seconds * 1_000)}: ${why}, weight ${weight} before`;
}

/** Rows with their columns under each other, without those that are empty everywhere. */
function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => columnsOf(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .flatMap((cell, column) => {
        const width = widths[column] ?? 0;
        return width === 0 ? [] : [cell + ' '.repeat(width - columnsOf(cell))];
      })
      .join('  ')
      .trimEnd(),
  );
}
