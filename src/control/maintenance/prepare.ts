import {
  type MaintenanceSettings,
  readMaintenanceSettings,
} from '../../config/maintenance-settings.ts';
import type { GivenOptions } from '../../config/options.ts';
import { readConfig } from '../../config/read-config.ts';
import { resolveServers } from '../../config/server-names.ts';
import type { ServerName } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import type { MaintenanceDirection } from '../../domain/maintenance.ts';
import type { DirectorTable } from '../../planner/build-plan.ts';
import type { Store } from '../../rollout/ports.ts';
import { servicesOfAll } from '../compile-plan.ts';
import type { Environment, OpenFleet } from '../environment.ts';
import { lookAtAll, openFleet } from '../open-fleet.ts';

/** What `drain out` and `drain in` are called with beside the options of every rollout. */
export interface MaintenanceCall {
  readonly direction: MaintenanceDirection;
  readonly servers: readonly string[];
  readonly force: boolean;
  readonly checkTimeout?: string;
}

/** All that one call works with. */
export interface MaintenanceRun {
  readonly direction: MaintenanceDirection;
  readonly force: boolean;
  /** Resolved. */
  readonly servers: readonly ServerName[];
  readonly settings: MaintenanceSettings;
  readonly opened: OpenFleet;
  readonly store: Store;
  readonly tables: readonly DirectorTable[];
}

/** Options, names and the tables as they are now. Changes nothing. */
export async function startMaintenance(
  env: Environment,
  given: GivenOptions,
  { direction, servers: texts, force, checkTimeout }: MaintenanceCall,
): Promise<Result<MaintenanceRun>> {
  const config = await readConfig(given.get('config')?.values.at(-1));
  if (!config.ok) return config;
  const { defaults, names } = config.value;
  const read = readMaintenanceSettings(direction, given, defaults, checkTimeout);
  if (!read.ok) return read;
  const settings = read.value;
  const reached = await openFleet(env, settings.tools, config.value);
  if (!reached.ok) return reached;
  const opened = reached.value;
  const tables = await lookAtAll(opened.directors);
  if (!tables.ok) return tables;
  const held = servicesOfAll(tables.value);
  const servers: ServerName[] = [];
  for (const text of texts.flatMap((list) => list.split(',')).map((name) => name.trim())) {
    if (text === '') return fail(emptyName);
    const found = await resolveServers(text, names, env.lookUp, held);
    if (!found.ok) return found;
    servers.push(...found.value);
  }
  const store = await env.openStore(settings.tools.state, opened.access);
  return ok({ direction, force, servers, settings, opened, store, tables: tables.value });
}

const emptyName = {
  kind: 'usage',
  what: 'a name of a server is empty',
  next: 'name real servers, for example 10.0.0.1',
} as const;
