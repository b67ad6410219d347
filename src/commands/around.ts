import { type AroundOptions, readAroundSettings } from '../config/around-settings.ts';
import { maintenanceTerms } from '../config/maintenance-settings.ts';
import type { GivenOptions } from '../config/options.ts';
import { readConfig } from '../config/read-config.ts';
import { goAround } from '../control/around/around.ts';
import type { CommandWords } from '../domain/command-words.ts';
import { audienceOf } from './audience.ts';
import type { Environment } from './environment.ts';
import { orRefuse } from './refusal.ts';
import { scopeOf } from './settings.ts';

/** The words of `drain around` beside the options of its rollouts. */
export interface AroundCallWords extends AroundOptions {
  readonly servers: readonly string[];
  readonly command: CommandWords;
  readonly force: boolean;
}

/** `drain around SERVER… -- COMMAND`. */
export async function aroundCommand(
  env: Environment,
  given: GivenOptions,
  { servers, command, force, ...own }: AroundCallWords,
): Promise<number> {
  const config = orRefuse(await readConfig(given.get('config')?.values.at(-1)), given);
  const settings = orRefuse(readAroundSettings(given, config.defaults, own), given);
  const { tools, batch, commandTimeoutMs } = settings;
  const call = {
    servers,
    command,
    commandTimeoutMs,
    batch,
    force,
    out: maintenanceTerms(settings.out),
    in: maintenanceTerms(settings.in),
    dryRun: tools.dryRun,
  };
  const audience = audienceOf(env, { tools, given });
  const scope = scopeOf(tools, config);
  return orRefuse(await goAround(env, call, { scope, audience }), given).exitCode;
}
