import { readConfig } from '../../config/files/read-config.ts';
import { type GivenOptions, isOn, textOf } from '../../config/options/options.ts';
import {
  type MaintenanceSettings,
  maintenanceTerms,
  readMaintenanceSettings,
} from '../../config/settings/maintenance-settings.ts';
import { maintain } from '../../control/maintenance/maintenance.ts';
import { type MaintenanceCall, prepareMaintenance } from '../../control/maintenance/prepare.ts';
import { scopeOf } from '../../control/scope.ts';
import type { MaintenanceDirection } from '../../domain/rollout/maintenance.ts';
import { anyReason, askerOf } from '../asker.ts';
import { audienceOf } from '../audience.ts';
import type { Environment } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { override } from '../rollouts/rows.ts';
import type { Read } from './move.ts';
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
  words: MaintenanceWords,
): Promise<number> {
  const { config, settings } = await maintenanceSettings(given, words.direction);
  const { tools } = settings;
  const actor = await askerOf(env, given, words.direction === 'in' ? anyReason : config);
  const audience = audienceOf(env, { tools, given, actor });
  const call = { ...callOf(given, words, settings), dryRun: tools.dryRun };
  const place = { scope: scopeOf(tools, config), onlooker: audience };
  const run = orRefuse(await prepareMaintenance(env, call, place), given);
  return orRefuse(await maintain(env, run, audience), given).exitCode;
}

/** The settings of `drain out` or `drain in`, with those of the config file. */
export async function maintenanceSettings(
  given: GivenOptions,
  direction: MaintenanceDirection,
): Promise<Read<MaintenanceSettings>> {
  const config = orRefuse(await readConfig(given), given);
  const within = textOf(given, checkTimeout.name);
  const settings = readMaintenanceSettings(direction, given, config.defaults, within);
  return { config, settings: orRefuse(settings, given) };
}

/** The call of `drain out` or `drain in`. */
export const callOf = (
  given: GivenOptions,
  { direction, servers }: MaintenanceWords,
  settings: MaintenanceSettings,
): Omit<MaintenanceCall, 'dryRun'> => ({
  ...{ direction, servers, terms: maintenanceTerms(settings), force: isOn(given, 'force') },
  pastFreeze: isOn(given, override.name) ? 'override' : undefined,
});
