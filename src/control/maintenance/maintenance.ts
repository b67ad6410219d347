import type { GivenOptions } from '../../config/options.ts';
import { type Diagnostic, type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { movedServers } from '../../domain/plan.ts';
import {
  buildMaintenance,
  type MaintenanceResult,
} from '../../planner/maintenance/build-maintenance.ts';
import { asFailure, isError } from '../compile-plan.ts';
import { closeRollout } from '../conduct/close-rollout.ts';
import { type MarkedTable, withMarks } from '../conduct/marks.ts';
import { runPlan } from '../conduct/run-plan.ts';
import type { Environment } from '../environment.ts';
import { lookAtAll } from '../open-fleet.ts';
import { refuse } from '../refuse.ts';
import { healthFirst } from './await-healthy.ts';
import { finishAtOnce, forget } from './nothing-to-do.ts';
import { type MaintenanceCall, type MaintenanceRun, startMaintenance } from './prepare.ts';
import { goOnWith, type WentOn } from './unfinished.ts';

/**
 * `drain out SERVER…`, `drain in SERVER…`: a rollout in which nobody takes over. Called again it does
 * no harm: it goes on with what was cut off, waits once more, or finds nothing to do.
 */
export async function maintenanceCommand(
  env: Environment,
  given: GivenOptions,
  call: MaintenanceCall,
): Promise<number> {
  const started = await startMaintenance(env, given, call);
  if (!started.ok) return refuse(env, given, [started.failure]);
  const run = started.value;
  const wentOn = await goOnWith(env, run);
  if (!wentOn.ok) return refuse(env, given, [wentOn.failure]);
  if (wentOn.value.exitCode !== 0) return wentOn.value.exitCode;
  const planned = await planMaintenance(run, wentOn.value);
  if (!planned.ok) return refuse(env, given, planned.failure);
  const { plan, diagnostics, resting, tables } = planned.value;
  if (isFinished(planned.value, wentOn.value)) return 0;

  const { settings, opened, store } = run;
  const { tools } = settings;
  const { replaces } = wentOn.value;
  if (!tools.dryRun) {
    const forgotten = await forget(store.marks, tables, resting);
    if (!forgotten.ok) return refuse(env, given, [forgotten.failure]);
  }
  if (!plan) {
    if (!tools.dryRun) await closeAll(run, replaces);
    return finishAtOnce(env, run, resting);
  }
  const warnings = [...diagnostics, ...restingWarnings(resting)];
  const ready = healthFirst(env, run, plan);
  return runPlan(env, { plan, warnings, opened, tools, replaces, ...(ready ? { ready } : {}) });
}

/** They were cut off between their last edit and their end. */
async function closeAll(
  { store, opened: { clock } }: MaintenanceRun,
  rollouts: readonly string[],
): Promise<void> {
  for (const rollout of rollouts) {
    await closeRollout(store, rollout, 'its servers are in service', clock.nowMs());
  }
}

type Planned = MaintenanceResult & { readonly tables: readonly MarkedTable[] };

async function planMaintenance(
  { direction, force, servers, settings, opened, store, tables }: MaintenanceRun,
  { finished }: WentOn,
): Promise<Result<Planned, readonly Failure[]>> {
  const now = finished.length > 0 ? await lookAtAll(opened.directors) : ok(tables);
  if (!now.ok) return fail([now.failure]);
  const marked = await withMarks(store.marks, opened.access, now.value);
  if (!marked.ok) return fail([marked.failure]);
  const { services, ramp, policy, weight, gates, allowDifferences } = settings;
  const built = buildMaintenance(
    {
      direction,
      force,
      servers,
      ramp,
      policy,
      allowDifferences,
      ...(services ? { services } : {}),
      ...(weight === undefined ? {} : { weight }),
      ...(gates?.check ? { check: gates.check } : {}),
    },
    marked.value,
  );
  const errors = built.diagnostics.filter(isError);
  return errors.length > 0 ? fail(errors.map(asFailure)) : ok({ ...built, tables: marked.value });
}

/** Whether all that is asked for has been done just now, by going on. */
function isFinished({ plan, resting }: MaintenanceResult, { finished }: WentOn): boolean {
  const asked = plan ? movedServers(plan) : resting;
  return (
    asked.length > 0 &&
    asked.every(({ director, service, server }) =>
      finished.some(
        (one) => one.director === director && one.service === service && one.server === server,
      ),
    )
  );
}

/** Who is left out of an `in` that brings others back. */
const restingWarnings = (resting: MaintenanceResult['resting']): readonly Diagnostic[] =>
  resting.flatMap(({ kind, service, server, message }) =>
    kind === 'in-service'
      ? []
      : [{ severity: 'warning', code: `rests-${kind}`, service, message: `${server} ${message}` }],
  );
