import { fail, ok, type Result } from '../../domain/failure.ts';
import { isNamed } from '../../planner/maintenance/remembered.ts';
import type { PlanFailure, PlannedRollout } from '../apply/planned-rollout.ts';
import type { Onlooker } from '../audience.ts';
import { examineArounds } from './claimed.ts';
import { comesFirst, openMaintenance } from './open-maintenance.ts';
import { planMaintenance } from './plan-maintenance.ts';
import type { MaintenanceRun } from './prepare.ts';

/** `drain out` on the tables as they are now, to be shown or saved. Changes nothing, and resumes nothing. */
export async function planOut(
  run: MaintenanceRun,
  onlooker: Onlooker,
): Promise<Result<PlannedRollout, PlanFailure>> {
  const { opened, store, force, servers } = run;
  const passedOver = await examineArounds(run);
  if (!passedOver.ok) return fail([passedOver.failure]);
  const open = await openMaintenance(run, (server) =>
    servers.some((name) => isNamed(name, server)),
  );
  if (!open.ok) return fail([open.failure]);
  const { halfway, replaces } = open.value;
  if (halfway.length > 0) return fail([comesFirst(halfway)]);
  const planned = await planMaintenance(run, { finished: [], replaces }, onlooker);
  if (!planned.ok) return planned;
  const { plan, diagnostics } = planned.value;
  if (!plan) throw new Error('drain out has no server to take out, and nothing against it');
  return ok({
    ...{ plan, opened, store, force, replaces },
    warnings: [...passedOver.value, ...diagnostics],
  });
}
