import { fail, ok, type Result } from '../../domain/failure.ts';
import {
  buildMaintenance,
  type MaintenanceResult,
} from '../../planner/maintenance/build-maintenance.ts';
import { type PlanFailure, planErrors } from '../apply/planned-rollout.ts';
import { refusedPlan } from '../apply/refused-plan.ts';
import type { Onlooker } from '../audience.ts';
import { type MarkedTable, withMarks } from '../conduct/marks.ts';
import { listTables } from '../fleet.ts';
import { keepFloors } from '../floor/keep-floors.ts';
import { planWithNames } from '../plan-names.ts';
import { examineElsewhere } from './claimed.ts';
import { forAround } from './for-around.ts';
import type { MaintenanceRun } from './prepare.ts';
import type { Resumed } from './unfinished.ts';

/** The plan of a maintenance, with the tables that it was made on. */
export type PlannedMaintenance = MaintenanceResult & { readonly tables: readonly MarkedTable[] };

/** The plan of `drain out` or `drain in` on the tables as they are now, held against marks and floors. */
export async function planMaintenance(
  { direction, force, servers, terms, opened, store, tables, floors, around }: MaintenanceRun,
  { finished, replaces }: Pick<Resumed, 'finished' | 'replaces'>,
  onlooker: Onlooker,
): Promise<Result<PlannedMaintenance, PlanFailure>> {
  const now = finished.length > 0 ? await listTables(opened, onlooker) : ok(tables);
  if (!now.ok) return fail([now.failure]);
  const marked = await withMarks(store, opened.access, now.value);
  if (!marked.ok) return fail([marked.failure]);
  const unclaimed = examineElsewhere({ direction, servers, terms }, marked.value);
  if (!unclaimed.ok) return fail([unclaimed.failure]);
  const { checkWithinMs: _, ...pace } = terms;
  const built = buildMaintenance({ direction, force, servers, ...pace }, marked.value);
  const { access } = opened;
  const floored = built.plan
    ? await keepFloors(store, built.plan, { floors, access, force, replaces })
    : ok({ plan: undefined, diagnostics: [] });
  if (!floored.ok) return fail([floored.failure]);
  const { plan, diagnostics } = planWithNames(
    { ...floored.value, diagnostics: [...built.diagnostics, ...floored.value.diagnostics] },
    servers,
  );
  if (planErrors(diagnostics).length > 0) {
    return refusedPlan(store, access, around ? diagnostics.map(forAround) : diagnostics);
  }
  const { skipped } = built;
  return ok({ skipped, diagnostics, tables: marked.value, ...(plan ? { plan } : {}) });
}
