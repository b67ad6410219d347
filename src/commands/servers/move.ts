import type { Config } from '../../config/files/config.ts';
import { readConfigured } from '../../config/files/read-configured.ts';
import { type GivenOptions, isOn } from '../../config/options/options.ts';
import { type MoveSettings, readMove } from '../../config/settings/move-settings.ts';
import { planMove } from '../../control/apply/move.ts';
import { runPlan } from '../../control/conduct/run-plan.ts';
import { scopeOf } from '../../control/scope.ts';
import type { Move } from '../../domain/rollout/plan.ts';
import { askerOf } from '../asker.ts';
import { audienceOf } from '../audience.ts';
import type { Environment } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { override } from '../rollouts/rows.ts';

/** Settings, and the config file that they were read with. */
export interface Read<Settings> {
  readonly config: Config;
  readonly settings: Settings;
}

/** The words of `drain add` and `drain weight` beside their options. */
export interface MoveWords {
  readonly move: Move;
  readonly servers: readonly string[];
}

/** `drain add SERVER…`, `drain weight SERVER=N…`. */
export async function moveCommand(
  env: Environment,
  given: GivenOptions,
  words: MoveWords,
): Promise<number> {
  const { config, settings } = await moveSettings(given, words);
  const { tools, ...asked } = settings;
  const actor = await askerOf(env, given, config);
  const audience = audienceOf(env, { tools, given, actor });
  const place = { scope: scopeOf(tools, config), onlooker: audience };
  const planned = orRefuse(await planMove(env, asked, place), given);
  const request = { ...planned, dryRun: tools.dryRun, override: isOn(given, override.name) };
  return (await runPlan(env, request, audience)).exitCode;
}

/** The settings of a move, with those of the config file. */
export async function moveSettings(
  given: GivenOptions,
  { move, servers }: MoveWords,
): Promise<Read<MoveSettings>> {
  const { config, given: all } = orRefuse(await readConfigured(given), given);
  return { config, settings: orRefuse(readMove(move, { values: servers }, all), given) };
}
