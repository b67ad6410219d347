import { readReason } from '../../../config/settings/reason.ts';
import { planOut } from '../../../control/maintenance/plan-out.ts';
import { prepareMaintenance } from '../../../control/maintenance/prepare.ts';
import { scopeOf } from '../../../control/scope.ts';
import { onlookerOf } from '../../audience.ts';
import type { RunCommand } from '../../command-line/command.ts';
import { orRefuse } from '../../refusal.ts';
import { showPlan } from '../../rollouts/plans/show-plan.ts';
import { callOf, maintenanceSettings } from '../maintenance.ts';

/** `drain plan out SERVER…`: shows the steps, and saves them with `-o`. */
export const run: RunCommand = async (env, { given, operands: servers }) => {
  const { config, settings } = await maintenanceSettings(given, 'out');
  const { tools } = settings;
  const reason = orRefuse(readReason(given), given);
  const call = { ...callOf(given, { direction: 'out', servers }, settings), dryRun: true };
  const place = { scope: scopeOf(tools, config), onlooker: onlookerOf(env, tools) };
  const run = orRefuse(await prepareMaintenance(env, call, place), given);
  const planned = orRefuse(await planOut(run, place.onlooker), given);
  return showPlan(env, planned, { config, tools, given, reason });
};
