import { shortName } from '../../domain/places/named-servers.ts';
import { roleWord } from '../../domain/rollout/maintenance.ts';
import type { Style } from '../text/paint.ts';
import type { LiveService, LiveView } from './live-view.ts';
import { type ServerState, serverState } from './server-state.ts';

/** A real server as a row of the board. */
export interface ServerRow {
  /** The server's name, or the server where nobody wrote one. */
  readonly server: string;
  readonly role: 'old' | 'new' | 'moved' | '';
  readonly style: Style;
  /** `100→65`, or one number where it does not change. */
  readonly weight: string;
  /** The server's part of the service's weight; 0 to 1. */
  readonly share: number;
  /** Active connections; bystanders are not sampled. */
  readonly activeConn: number | undefined;
  readonly inActConn: number | undefined;
  /** The connections of a full bar. */
  readonly mostActive: number;
  readonly state: ServerState;
}

/** Limits of the rows that the servers of a service get. */
export interface RowLimits {
  readonly moved: number;
  readonly bystanders: number;
}

/** Old servers, new servers, bystanders; and how many there was no room for. */
export function serverRows(
  view: LiveView,
  service: LiveService,
  limits: RowLimits,
): { readonly rows: readonly ServerRow[]; readonly hiddenMoved: number; readonly hidden: number } {
  const { oldServers, newServers, firstWeights, weights } = service;
  const moved = [...oldServers, ...newServers];
  const known = new Set(moved);
  const bystanders = [...new Set([...firstWeights.keys(), ...weights.keys()])].filter(
    (server) => !known.has(server),
  );
  // One row that would only say that there is one more is as good as that row.
  const roomFor = (all: readonly string[], most: number): readonly string[] =>
    all.length <= most + (most > 0 ? 1 : 0) ? all : all.slice(0, most);
  const shownMoved = roomFor(evenly(oldServers, newServers, limits.moved), limits.moved);
  const shown = [...inOrder(moved, shownMoved), ...roomFor(bystanders, limits.bystanders)];
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  return {
    rows: shown.map((server) => rowOf(view, service, server, total)),
    hiddenMoved: moved.length - shownMoved.length,
    hidden: moved.length + bystanders.length - shown.length,
  };
}

/** Shares the room so that both sides are seen, however many servers the other has. */
function evenly(
  oldServers: readonly string[],
  newServers: readonly string[],
  most: number,
): readonly string[] {
  const forNew = Math.min(
    newServers.length,
    Math.max(Math.floor(most / 2), most - oldServers.length),
  );
  const first = [...oldServers.slice(0, most - forNew), ...newServers.slice(0, forNew)];
  const chosen = new Set(first);
  return [...first, ...[...oldServers, ...newServers].filter((server) => !chosen.has(server))];
}

function inOrder(all: readonly string[], chosen: readonly string[]): readonly string[] {
  const isChosen = new Set(chosen);
  return all.filter((server) => isChosen.has(server));
}

function rowOf(
  view: LiveView,
  service: LiveService,
  server: string,
  totalWeight: number,
): ServerRow {
  const weight = service.weights.get(server);
  const first = service.firstWeights.get(server);
  const counts = service.connections.get(server);
  const isOld = service.oldServers.includes(server);
  const isNew = service.newServers.includes(server);
  // Before its first step the table is on its own scale, not on the ramp's.
  const moves = view.phase !== 'under-way' && (isOld || isNew);
  const changes = moves && first !== undefined && first !== weight;
  const now = weight === undefined ? '–' : String(weight);
  return {
    server: shortName(server, view.names),
    role: isOld ? 'old' : isNew ? roleWord('new', view.move) : '',
    style: isOld ? 'yellow' : isNew ? 'green' : 'cyan',
    weight: changes ? `${first}→${now}` : now,
    share: totalWeight > 0 ? (weight ?? 0) / totalWeight : 0,
    activeConn: counts?.activeConn,
    inActConn: counts?.inActConn,
    mostActive: service.mostActive,
    state: serverState(view, service, server),
  };
}
