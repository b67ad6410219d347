import type { Config } from '../../config/files/config.ts';
import { type Configured, readConfigured } from '../../config/files/read-configured.ts';
import { type GivenOptions, isOn } from '../../config/options/options.ts';
import type { ToolSettings } from '../../config/settings/settings.ts';
import { readSettings } from '../../config/settings/settings.ts';
import { planHandOver } from '../../control/apply/hand-over.ts';
import type { PlannedRollout } from '../../control/apply/planned-rollout.ts';
import { runPlan } from '../../control/conduct/run-plan.ts';
import { scopeOf } from '../../control/scope.ts';
import type { Failure } from '../../domain/failure.ts';
import { askerOf } from '../asker.ts';
import { audienceOf, onlookerOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { Environment } from '../environment.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { override } from './rows.ts';

/** The main form: `drain --from OLD --to NEW`. */
export const run: RunCommand = async (env, { given }) => {
  const configured = orRefuse(await readConfigured(given), given);
  const isAsked = [...given.values()].some(({ layer }) => layer === 'command-line');
  // A config file may say it all.
  if (!isAsked && !configured.given.has('from')) throw new Refusal([nothingAsked], given);
  const actor = await askerOf(env, given, configured.config);
  const { planned, tools } = await compile(env, given, configured);
  const audience = audienceOf(env, { tools, given, actor });
  const request = { ...planned, dryRun: tools.dryRun, override: isOn(given, override.name) };
  return (await runPlan(env, request, audience)).exitCode;
};

const nothingAsked: Failure = {
  kind: 'usage',
  what: 'nothing was asked for: neither a command nor a hand-over with --from and --to',
  next: 'try drain demo first, which plays one; drain plan --from OLD --to NEW shows yours and changes nothing; drain --help lists the rest',
};

export interface Compiled {
  readonly planned: PlannedRollout;
  readonly config: Config;
  readonly tools: ToolSettings;
}

/** The plan of a hand-over that options describe; without `configured` the config file is read. */
export async function compile(
  env: Environment,
  given: GivenOptions,
  configured?: Configured,
): Promise<Compiled> {
  const { config, given: all } = configured ?? orRefuse(await readConfigured(given), given);
  const { tools, ...settings } = orRefuse(readSettings(all), given);
  const place = { scope: scopeOf(tools, config), onlooker: onlookerOf(env, tools) };
  return { planned: orRefuse(await planHandOver(env, settings, place), given), config, tools };
}
