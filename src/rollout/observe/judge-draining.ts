import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { ConnectionCounts, ConnectionTable, VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { type DrainWatch, judgeDrain, unwatched } from './drain-verdict.ts';
import { copiesOf, drainingServers } from './draining-servers.ts';
import type { Observation } from './observation.ts';
import {
  findOpenConnections,
  type OpenConnections,
  sumOpenConnections,
} from './open-connections.ts';

/** The connection tables of the directors, by name, and when their reading began and ended. */
export interface ConnectionTables {
  readonly atMs: number;
  readonly untilMs: number;
  readonly byDirector: ReadonlyMap<string, ConnectionTable>;
}

/** Judges every draining server anew from the last samples and, if read, the connection tables. */
export function judgeDraining(
  state: RolloutState,
  seen: Observation,
  tables?: ConnectionTables,
): ReadonlyMap<string, DrainWatch> {
  const watches = new Map<string, DrainWatch>();
  if (!isWatching(state)) return watches;
  const heldOn = tables && openConnectionsByService(state, tables);
  for (const { key, service, server, directors } of drainingServers(state)) {
    const before = seen.watches.get(key) ?? unwatched;
    const sampleOf = (name: string) => seen.directors.get(name)?.sample;
    const sampledAtMs = Math.min(...directors.map((name) => sampleOf(name)?.atMs ?? 0));
    if (sampledAtMs === 0) continue;
    const copies = copiesOf(state.plan, directors);
    const counts = sumCounts(
      copies.map((names) =>
        mostOf(names.map((name) => sampleOf(name)?.services.get(service)?.servers.get(server))),
      ),
    );
    const openConnections =
      heldOn &&
      sumOpenConnections(
        copies.flatMap((names) =>
          mostHeld(names.flatMap((name) => heldOn(name, service).get(server) ?? [])),
        ),
      );
    const judged = judgeDrain(before, {
      // The table shows every connection, active ones too: it is the newer sample.
      sampledAtMs: tables?.atMs ?? sampledAtMs,
      counts,
      settleMs: state.plan.policy.settleMs,
      ...(tables ? { readUntilMs: tables.untilMs } : {}),
      ...(openConnections ? { openConnections } : {}),
    });
    const latest = openConnections ?? before.openConnections;
    watches.set(key, latest ? { ...judged, openConnections: latest } : judged);
  }
  return watches;
}

/** A server is judged from the moment it has weight 0 everywhere: what came before says nothing. */
const isWatching = ({ phase }: RolloutState): boolean =>
  phase.kind === 'draining' || (phase.kind === 'rolling-back' && phase.sinceMs !== undefined);

/** Finds the open connections of a service in one pass, however many of its servers drain. */
function openConnectionsByService(
  state: RolloutState,
  tables: ConnectionTables,
): OpenConnectionsOn {
  const known = new Map<string, ReadonlyMap<ServerKey, OpenConnections>>();
  return (director, service) => {
    const place = `${director} ${service}`;
    const found = known.get(place) ?? openConnectionsOn(state, director, tables, service);
    known.set(place, found);
    return found;
  };
}

type OpenConnectionsOn = (
  director: string,
  service: ServiceKey,
) => ReadonlyMap<ServerKey, OpenConnections>;

function openConnectionsOn(
  { plan }: RolloutState,
  director: string,
  tables: ConnectionTables,
  service: ServiceKey,
): ReadonlyMap<ServerKey, OpenConnections> {
  const planned = plan.directors
    .find((one) => one.director === director)
    ?.services.find((one) => one.service === service);
  if (!planned) return new Map();
  // With the servers that the rollout added: going back, those are the ones that leave.
  const held: VirtualService = {
    ...planned.baseline,
    servers: [...planned.baseline.servers, ...planned.added],
  };
  const table = tables.byDirector.get(director);
  return table
    ? findOpenConnections(
        table,
        held,
        held.servers.map((server) => server.key),
      )
    : new Map();
}

/**
 * The largest counts among directors that copy each other's connections, because nobody can tell
 * from the table which of them forwards.
 */
const mostOf = (copies: readonly (ConnectionCounts | undefined)[]): ConnectionCounts => ({
  activeConn: Math.max(0, ...copies.map((counts) => counts?.activeConn ?? 0)),
  inActConn: Math.max(0, ...copies.map((counts) => counts?.inActConn ?? 0)),
  persistConn: Math.max(0, ...copies.map((counts) => counts?.persistConn ?? 0)),
});

/** The copy with the most connections; what ended last anywhere has ended there too. */
function mostHeld(copies: readonly OpenConnections[]): readonly OpenConnections[] {
  const [most] = copies.toSorted((a, b) => b.count - a.count);
  const ends = copies.flatMap(({ lastEndedAgoS }) => lastEndedAgoS ?? []);
  if (!most) return [];
  return [ends.length > 0 ? { ...most, lastEndedAgoS: Math.min(...ends) } : most];
}

const sumCounts = (all: readonly ConnectionCounts[]): ConnectionCounts =>
  all.reduce<ConnectionCounts>(
    (sum, counts) => ({
      activeConn: sum.activeConn + counts.activeConn,
      inActConn: sum.inActConn + counts.inActConn,
      persistConn: sum.persistConn + counts.persistConn,
    }),
    { activeConn: 0, inActConn: 0, persistConn: 0 },
  );
