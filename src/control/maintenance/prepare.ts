import type { ServerName } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import type { Floors } from '../../domain/floor/floor.ts';
import type { MaintenanceDirection, MaintenanceTerms } from '../../domain/rollout/maintenance.ts';
import type { DirectorTable } from '../../planner/plan-tables.ts';
import type { Store } from '../../rollout/ports.ts';
import { openSite, resolveNames, type WatchedScope } from '../fleet.ts';
import type { PastFreeze } from '../freeze.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';

/** The call of `drain out` or `drain in`, names still as they were written. */
export interface MaintenanceCall {
  readonly direction: MaintenanceDirection;
  readonly servers: readonly string[];
  readonly terms: MaintenanceTerms;
  readonly force: boolean;
  /** The way past a freeze, for servers that are taken out. */
  readonly pastFreeze?: PastFreeze | undefined;
  readonly dryRun: boolean;
}

/** The call with every name resolved, and all that it works with. */
export interface MaintenanceRun extends Omit<MaintenanceCall, 'servers'> {
  readonly servers: readonly ServerName[];
  readonly opened: OpenFleet;
  readonly store: Store;
  readonly tables: readonly DirectorTable[];
  /** The capacity that services keep. */
  readonly floors: Floors;
  /** The `drain around` that the call is a part of. */
  readonly around?: string | undefined;
}

/** Directors, names and the tables as they are now. Changes nothing. */
export async function prepareMaintenance(
  ports: ControlPorts,
  { servers: texts, ...call }: MaintenanceCall,
  { scope, onlooker }: WatchedScope,
): Promise<Result<MaintenanceRun>> {
  const { names: known, state, floors } = scope;
  const site = await openSite(ports, scope, onlooker);
  if (!site.ok) return site;
  const { opened, tables } = site.value;
  const names = texts.flatMap((list) => list.split(',')).map((name) => name.trim());
  if (names.includes('')) return fail(emptyName);
  const servers = await resolveNames(ports, known, { names, tables });
  if (!servers.ok) return servers;
  const store = await ports.openStore(state, opened.access);
  return ok({ ...call, servers: servers.value, opened, store, tables, floors });
}

const emptyName = {
  kind: 'usage',
  what: 'a name of a server is empty',
  next: 'name real servers, for example 10.0.0.1',
} as const;
