import type { GivenOptions } from '../../config/options/options.ts';
import { isOn } from '../../config/options/options.ts';
import { readMove } from '../../config/settings/move-settings.ts';
import { planMove } from '../../control/apply/move.ts';
import { runPlan } from '../../control/conduct/run-plan.ts';
import type { Move } from '../../domain/rollout/plan.ts';
import { askerOf } from '../asker.ts';
import { audienceOf } from '../audience.ts';
import type { Environment } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { override } from '../rollouts/rows.ts';
import { readConfigured, scopeOf } from '../settings.ts';

/** `drain add SERVER…`, `drain weight SERVER=N…`. */
export async function moveCommand(
  env: Environment,
  given: GivenOptions,
  { move, servers }: { readonly move: Move; readonly servers: readonly string[] },
): Promise<number> {
  const { config, given: all } = orRefuse(await readConfigured(given), given);
  const { tools, ...settings } = orRefuse(readMove(move, { values: servers }, all), given);
  const actor = await askerOf(env, given, config);
  const audience = audienceOf(env, { tools, given, actor });
  const place = { scope: scopeOf(tools, config), onlooker: audience };
  const planned = orRefuse(await planMove(env, settings, place), given);
  const request = { ...planned, dryRun: tools.dryRun, override: isOn(given, override.name) };
  return (await runPlan(env, request, audience)).exitCode;
}
