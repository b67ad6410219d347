import { readConfig } from '../../config/files/read-config.ts';
import { type GivenOptions, isOn, textOf } from '../../config/options/options.ts';
import {
  maintenanceTerms,
  readMaintenanceSettings,
} from '../../config/settings/maintenance-settings.ts';
import { maintain } from '../../control/maintenance/maintenance.ts';
import { prepareMaintenance } from '../../control/maintenance/prepare.ts';
import type { MaintenanceDirection } from '../../domain/rollout/maintenance.ts';
import { anyReason, askerOf } from '../asker.ts';
import { audienceOf } from '../audience.ts';
import type { Environment } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { override } from '../rollouts/rows.ts';
import { scopeOf } from '../settings.ts';
import { checkTimeout } from './rows.ts';

/** The words of `drain out` and `drain in` beside their options. */
export interface MaintenanceWords {
  readonly direction: MaintenanceDirection;
  readonly servers: readonly string[];
}

/** `drain out SERVER…`, `drain in SERVER…`. */
export async function maintenanceCommand(
  env: Environment,
  given: GivenOptions,
  { direction, servers }: MaintenanceWords,
): Promise<number> {
  const config = orRefuse(await readConfig(given), given);
  const settings = orRefuse(
    readMaintenanceSettings(direction, given, config.defaults, textOf(given, checkTimeout.name)),
    given,
  );
  const { tools } = settings;
  const actor = await askerOf(env, given, direction === 'in' ? anyReason : config);
  const audience = audienceOf(env, { tools, given, actor });
  const terms = maintenanceTerms(settings);
  const run = orRefuse(
    await prepareMaintenance(
      env,
      {
        ...{ direction, servers, terms, force: isOn(given, 'force'), dryRun: tools.dryRun },
        pastFreeze: isOn(given, override.name) ? 'override' : undefined,
      },
      { scope: scopeOf(tools, config), onlooker: audience },
    ),
    given,
  );
  return orRefuse(await maintain(env, run, audience), given).exitCode;
}
