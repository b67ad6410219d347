import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { EventBody } from '../../domain/events/event.ts';
import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import {
  type ConnectionEntry,
  type ConnectionTable,
  findServer,
  type RealServer,
  type VirtualService,
} from '../../domain/ipvs/ipvs.ts';
import type { ServicePlan } from '../../domain/rollout/plan.ts';
import type { ConnectionTotals, Director } from '../ports.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import {
  connectionsOf,
  countedOn,
  type DrainingServer,
  drainingServers,
} from './draining-servers.ts';
import {
  countingNames,
  directorNamed,
  type EngineView,
  readConnections,
} from './list-directors.ts';
import type { Observation, QuiescedCount } from './observation.ts';
import { canCarryData, endedAgoS, entriesOf } from './open-connections.ts';
import { stallReason } from './stall-reason.ts';

/** The reasons why servers do not empty, as far as they can be found out now. */
export interface Explanation {
  readonly seen: Observation;
  readonly events: readonly EventBody[];
}

/** Reads connection tables, counters and settings of the directors, and names a reason for each server. */
export async function explainWaiting(
  world: EngineView,
  waiting: readonly DrainingServer[],
): Promise<Explanation> {
  const [{ seen, tables }, totals, facts] = await Promise.all([
    readConnections(world),
    countTotals(world),
    ofEach(world, (director) => director.facts()),
  ]);
  const nowMs = world.clock.nowMs();
  const events = waiting.flatMap((draining) =>
    holding(seen, draining).flatMap((director) => {
      const place = findPlace(world.state, draining, director);
      if (!place) return [];
      const known = {
        totals: totals.get(director),
        facts: facts.get(director),
        table: tables?.byDirector.get(director),
      };
      return [stallEvent(world.state, seen, place, known, nowMs)];
    }),
  );
  return { seen: { ...seen, explainedMs: nowMs }, events };
}

/**
 * Counts what the draining servers have got until now, to know later whether more came. A director
 * that does not answer is left out, for this is no more than evidence.
 */
export async function countQuiesced(world: EngineView): Promise<QuiescedCount> {
  const [totals, facts] = await Promise.all([
    countTotals(world),
    ofEach(world, (director) => director.facts()),
  ]);
  const ended = new Map<string, ReadonlyMap<string, ReadonlySet<string>>>();
  for (const [name, { sysctls }] of facts) {
    // The connection table costs time that grows with it, and only this setting makes it worth it.
    if (sysctls.get('conn_reuse_mode') !== 0) continue;
    const table = await world.directors.get(name)?.connections();
    if (table?.ok) ended.set(name, endedByServer(world.state, name, table.value));
  }
  return { totals, ended, atMs: world.clock.nowMs() };
}

function endedByServer(
  state: RolloutState,
  director: string,
  table: ConnectionTable,
): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    drainingServers(state).flatMap((draining) => {
      const place = findPlace(state, draining, director);
      if (!place) return [];
      return [[draining.key, endedConnections(table, place.service, draining.server)] as const];
    }),
  );
}

async function countTotals(world: EngineView): Promise<ReadonlyMap<string, ConnectionTotals>> {
  const services = new Set(drainingServers(world.state).map(({ service }) => service));
  const answers = await ofEach(world, async (director, name) => {
    const here = servicesOn(world.state, name).filter((service) => services.has(service));
    return director.totals(here);
  });
  return new Map(
    [...answers].flatMap(([name, answer]) => (answer.ok ? [[name, answer.value] as const] : [])),
  );
}

async function ofEach<T>(
  world: EngineView,
  ask: (director: Director, name: string) => Promise<T>,
): Promise<ReadonlyMap<string, T>> {
  return new Map(
    await Promise.all(
      countingNames(world).map(
        async (name) => [name, await ask(directorNamed(world, name), name)] as const,
      ),
    ),
  );
}

/** The directors on which the server is not empty by the counters; all when these say nothing. */
function holding(seen: Observation, draining: DrainingServer): readonly string[] {
  const counting = draining.directors.filter((director) => countedOn(seen, draining, director) > 0);
  return counting.length > 0 ? counting : draining.directors;
}

/** A draining server on one director. */
interface Place {
  readonly draining: DrainingServer;
  readonly director: string;
  /** The service, with the servers that the rollout has added. */
  readonly service: VirtualService;
  readonly server: RealServer;
}

function findPlace(
  state: RolloutState,
  draining: DrainingServer,
  director: string,
): Place | undefined {
  const planned = plannedOn(state, director).find((plan) => plan.service === draining.service);
  if (!planned) return undefined;
  const { baseline, added } = planned;
  const service = { ...baseline, servers: [...baseline.servers, ...added] };
  const server = findServer(service, draining.server);
  return server && { draining, director, service, server };
}

interface Known {
  readonly totals: ConnectionTotals | undefined;
  readonly facts: HostFacts | undefined;
  readonly table: ConnectionTable | undefined;
}

function stallEvent(
  state: RolloutState,
  seen: Observation,
  { draining, director, service, server: model }: Place,
  { totals, facts, table }: Known,
  nowMs: number,
): EventBody {
  const { server } = draining;
  const sample = seen.directors.get(director)?.sample?.services.get(draining.service);
  // What an earlier reading showed is no reason now.
  const openConnections = table && seen.watches.get(draining.key)?.openConnections;
  const { counted } = seen;
  const before = counted?.totals.get(director)?.get(draining.service)?.get(server)?.connections;
  const after = totals?.get(draining.service)?.get(server)?.connections;
  const ended = counted?.ended.get(director)?.get(draining.key);
  const elapsedS = (nowMs - (counted?.atMs ?? nowMs)) / 1_000;
  const reusedPorts = table && ended ? countReused(table, service, server, { ended, elapsedS }) : 0;
  const newConnections =
    before === undefined || after === undefined
      ? undefined
      : Math.max(0, after - before) + reusedPorts;
  const quiescedForMs = nowMs - sinceMs(state, nowMs);
  const reason = stallReason({
    service,
    reusedPorts,
    forwarding: model.forwarding,
    persistConn: sample?.servers.get(server)?.persistConn ?? 0,
    quiescedForS: quiescedForMs / 1_000,
    sysctls: facts?.sysctls ?? new Map(),
    ...(newConnections === undefined ? {} : { newConnections }),
    ...(openConnections ? { openConnections } : {}),
  });
  if (!reason) return unexplained(seen, director, draining);
  return {
    type: 'not-draining',
    director,
    service: draining.service,
    server,
    reason,
    connections: connectionsHere(state, seen, draining, director),
    ...(openConnections ? { clients: openConnections.clients } : {}),
    ...(newConnections === undefined ? {} : { newConnections }),
    ...(newConnections === 0 ? { openForMs: quiescedForMs } : {}),
    ...(openConnections?.silentForS === undefined
      ? {}
      : { silentForMs: openConnections.silentForS * 1_000 }),
  };
}

/** Says that the reason is not known, and which connection table would tell. */
function unexplained(
  seen: Observation,
  director: string,
  { server, service }: DrainingServer,
): EventBody {
  const failureOf = (name: string) => seen.directors.get(name)?.troubles.listing?.failure;
  // The tables of all directors count only together.
  const silent = [director, ...seen.directors.keys()].find((name) => failureOf(name)) ?? director;
  const failure = failureOf(silent);
  const why =
    failure?.code === 'too-much-output'
      ? 'is too large to be read'
      : `was not read${failure ? `: ${failure.what}` : ''}`;
  return {
    type: 'warning',
    code: 'drain-unexplained',
    service,
    message: `${server} does not become empty, and why is not known: the connection table of ${silent} ${why}`,
  };
}

/** The connections on one director: of several directors, each shows what its own table has. */
const connectionsHere = (
  { plan }: RolloutState,
  seen: Observation,
  draining: DrainingServer,
  director: string,
): number =>
  draining.directors.length === 1
    ? connectionsOf(plan, seen, draining)
    : countedOn(seen, draining, director);

const sinceMs = ({ phase }: RolloutState, nowMs: number): number =>
  'sinceMs' in phase ? (phase.sinceMs ?? nowMs) : nowMs;

const plannedOn = ({ plan }: RolloutState, name: string): readonly ServicePlan[] =>
  plan.directors.find(({ director }) => director === name)?.services ?? [];

const servicesOn = (state: RolloutState, name: string): readonly ServiceKey[] =>
  plannedOn(state, name).map(({ service }) => service);

/**
 * Connections to a server that are over but still listed. With conn_reuse_mode=0 a client that uses
 * such a source port again continues in the same entry, whatever the server's weight, and the
 * kernel does not count it as a new connection: only the table shows it (measured).
 */
export function endedConnections(
  table: ConnectionTable,
  service: VirtualService,
  server: ServerKey,
): ReadonlySet<string> {
  const ended = new Set<string>();
  for (const entry of entriesOf(table, service, server)) {
    if (endedAgoS(entry) !== undefined) ended.add(nameOf(entry));
  }
  return ended;
}

/** Counts how many connections that had ended `elapsedS` seconds ago have been used again since. */
export function countReused(
  table: ConnectionTable,
  service: VirtualService,
  server: ServerKey,
  before: { readonly ended: ReadonlySet<string>; readonly elapsedS: number },
): number {
  let reused = 0;
  for (const entry of entriesOf(table, service, server)) {
    if (!before.ended.has(nameOf(entry))) continue;
    const agoS = endedAgoS(entry);
    // Ages are whole seconds: one that ended at about the time of the first look says nothing.
    const again = canCarryData(entry) || (agoS !== undefined && agoS < before.elapsedS - 1);
    if (again) reused++;
  }
  return reused;
}

const nameOf = ({ client, virtual, server }: ConnectionEntry): string =>
  `${client.address} ${client.port} ${virtual.address} ${virtual.port} ${server}`;
