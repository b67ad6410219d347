import type { GivenOptions } from '../../../config/options/options.ts';
import { readReason } from '../../../config/settings/reason.ts';
import { planMove } from '../../../control/apply/move.ts';
import { scopeOf } from '../../../control/scope.ts';
import { onlookerOf } from '../../audience.ts';
import type { Environment } from '../../environment.ts';
import { orRefuse } from '../../refusal.ts';
import { showPlan } from '../../rollouts/plans/show-plan.ts';
import { type MoveWords, moveSettings } from '../move.ts';

/** `drain plan add SERVER…`, `drain plan weight SERVER=N…`: shows the steps, and saves them with `-o`. */
export async function movePlan(
  env: Environment,
  given: GivenOptions,
  words: MoveWords,
): Promise<number> {
  const { config, settings } = await moveSettings(given, words);
  const { tools, ...asked } = settings;
  const reason = orRefuse(readReason(given), given);
  const place = { scope: scopeOf(tools, config), onlooker: onlookerOf(env, tools) };
  const planned = orRefuse(await planMove(env, asked, place), given);
  return showPlan(env, planned, { config, tools, given, reason });
}
