import type { NamedDirector } from '../config/names/known-directors.ts';
import { type KnownNames, type NameSources, resolveServers } from '../config/names/server-names.ts';
import type { ServerName } from '../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { Floors } from '../domain/floor/floor.ts';
import type { Snapshot } from '../domain/ipvs/ipvs.ts';
import type { DirectorAccess } from '../domain/places/director-access.ts';
import type { DirectorTable } from '../planner/plan-tables.ts';
import type { Clock, Director } from '../rollout/ports.ts';
import type { Onlooker } from './audience.ts';
import type { ControlPorts, OpenFleet } from './ports.ts';

/** The place where control acts, and what names mean there: from options and the config file. */
export interface Scope {
  readonly directors: readonly NamedDirector[];
  readonly names: KnownNames;
  /** The place of journals, locks and marks; undefined is the usual one. */
  readonly state: string | undefined;
  /** The capacity that services keep there. */
  readonly floors: Floors;
}

/** A scope, and the onlooker there. */
export interface WatchedScope {
  readonly scope: Scope;
  readonly onlooker: Onlooker;
}

/** Opened directors with their tables as they are now. */
export interface Site {
  readonly opened: OpenFleet;
  readonly tables: readonly DirectorTable[];
}

/** The directors of a scope and their tables. Changes nothing. */
export async function openSite(
  ports: ControlPorts,
  { directors }: Pick<Scope, 'directors'>,
  onlooker: Onlooker,
): Promise<Result<Site>> {
  const opened = await ports.openDirectors(directors, { paced: onlooker.isLive });
  if (!opened.ok) return opened;
  const tables = await listTables(opened.value, onlooker);
  return tables.ok ? ok({ opened: opened.value, tables: tables.value }) : tables;
}

/** The directors of a journal or a compiled plan, as they were reached then. */
export const reopenFleet = (
  ports: Pick<ControlPorts, 'openDirectors'>,
  access: readonly DirectorAccess[],
  paced = false,
): Promise<Result<OpenFleet>> =>
  ports.openDirectors(
    access.map(({ director, ...spec }) => ({ ...spec, name: director })),
    { paced },
  );

/** Tables and machines, all at the same time: the preflight takes no longer than the slowest listing. */
export async function listTables(
  { directors, clock }: Pick<OpenFleet, 'directors' | 'clock'>,
  onlooker: Pick<Onlooker, 'waitingFor'>,
): Promise<Result<readonly DirectorTable[]>> {
  const all = [...directors.values()];
  const listed = await onlooker.waitingFor(
    { kind: 'tables', directors: [...directors.keys()] },
    () => Promise.all(all.map((director) => listTable(director, clock, all.length > 1))),
  );
  const failed = listed.find((one) => !one.ok);
  if (failed && !failed.ok) return failed;
  return ok(listed.flatMap((one) => (one.ok ? [one.value] : [])));
}

async function listTable(
  director: Director,
  clock: Clock,
  isOneOfSeveral: boolean,
): Promise<Result<DirectorTable>> {
  const [listed, facts, asked] = await Promise.all([
    timed(clock, () => director.snapshot()),
    director.facts({ manager: true }),
    isOneOfSeveral ? director.syncDaemons() : undefined,
  ]);
  const [snapshot, callMs] = listed;
  const unread = [snapshot, asked].find((result) => result && !result.ok);
  if (unread && !unread.ok) return fail(beforeTheStart(unread.failure));
  if (!snapshot.ok) return snapshot;
  // One alone has nobody here to share connections with, but may be the backup of somebody else.
  const sync = asked ?? (await director.syncDaemons());
  return ok({
    director: director.name,
    snapshot: snapshot.value,
    facts: { ...facts, callMs },
    ...(sync.ok ? { syncDaemons: sync.value } : {}),
  });
}

/** An answer, and the time it took in milliseconds. */
export async function timed<T>(clock: Clock, ask: () => Promise<T>): Promise<readonly [T, number]> {
  const sinceMs = clock.nowMs();
  const answer = await ask();
  return [answer, clock.nowMs() - sinceMs];
}

/** The failure before anything was touched: a director that fails now is refused, not held. */
export const beforeTheStart = (failure: Failure): Failure =>
  failure.kind === 'director' ? { ...failure, kind: 'preflight' } : failure;

/** Real servers by their names, in the order given: host names, groups of the config file, addresses. */
export async function resolveNames(
  sources: NameSources,
  known: KnownNames,
  {
    names,
    tables,
  }: { readonly names: readonly string[]; readonly tables: readonly DirectorTable[] },
): Promise<Result<readonly ServerName[]>> {
  const servers: ServerName[] = [];
  const held = servicesOfAll(tables);
  for (const name of names) {
    const found = await resolveServers(name, known, sources, held);
    if (!found.ok) return found;
    servers.push(...found.value);
  }
  return ok(servers);
}

/** The services of all tables: a name can mean a server that any of them holds. */
export const servicesOfAll = (tables: readonly DirectorTable[]): Pick<Snapshot, 'services'> => ({
  services: tables.flatMap(({ snapshot }) => snapshot.services),
});
