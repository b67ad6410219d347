import { maintenanceTerms, readMaintenanceSettings } from '../config/maintenance-settings.ts';
import type { GivenOptions } from '../config/options.ts';
import { readConfig } from '../config/read-config.ts';
import { maintain } from '../control/maintenance/maintenance.ts';
import { prepareMaintenance } from '../control/maintenance/prepare.ts';
import type { MaintenanceDirection } from '../domain/maintenance.ts';
import { audienceOf } from './audience.ts';
import type { Environment } from './environment.ts';
import { orRefuse } from './refusal.ts';
import { scopeOf } from './settings.ts';

/** The words of `drain out` and `drain in` beside the options of every rollout. */
export interface MaintenanceWords {
  readonly direction: MaintenanceDirection;
  readonly servers: readonly string[];
  readonly force: boolean;
  readonly checkTimeout?: string;
}

/** `drain out SERVER…`, `drain in SERVER…`. */
export async function maintenanceCommand(
  env: Environment,
  given: GivenOptions,
  { direction, servers, force, checkTimeout }: MaintenanceWords,
): Promise<number> {
  const config = orRefuse(await readConfig(given.get('config')?.values.at(-1)), given);
  const settings = orRefuse(
    readMaintenanceSettings(direction, given, config.defaults, checkTimeout),
    given,
  );
  const { tools } = settings;
  const audience = audienceOf(env, { tools, given });
  const terms = maintenanceTerms(settings);
  const run = orRefuse(
    await prepareMaintenance(
      env,
      { direction, servers, terms, force, dryRun: tools.dryRun },
      { scope: scopeOf(tools, config), paced: audience.isLive },
    ),
    given,
  );
  return orRefuse(await maintain(env, run, audience), given).exitCode;
}
