import type { GivenOptions } from '../config/options.ts';
import { type Diagnostic, type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import {
  buildMaintenance,
  type MaintenanceResult,
  type MaintenanceTable,
} from '../planner/build-maintenance.ts';
import type { OutMark } from '../rollout/ports.ts';
import { closeRollout } from './close-rollout.ts';
import { asFailure, isError, lookAt } from './compile-plan.ts';
import type { Environment } from './environment.ts';
import { goOnWith, type WentOn } from './go-on-with.ts';
import { healthFirst } from './health-first.ts';
import { type MaintenanceCall, type MaintenanceRun, startMaintenance } from './maintenance-run.ts';
import { marksOf } from './out-marks.ts';
import { finishAtOnce, forget } from './rest-in-place.ts';
import { refuse, runPlan } from './run-plan.ts';

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
  const { plan, diagnostics, resting, marks } = planned.value;
  if (isFinished(planned.value, wentOn.value)) return 0;

  const { settings, opened, store } = run;
  const { tools } = settings;
  const { replaces } = wentOn.value;
  if (!tools.dryRun) {
    const forgotten = await forget(store.marks, marks, resting);
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

type Planned = MaintenanceResult & { readonly marks: readonly OutMark[] };

async function planMaintenance(
  { direction, force, servers, settings, opened, store, table }: MaintenanceRun,
  { finished }: WentOn,
): Promise<Result<Planned, readonly Failure[]>> {
  const now = finished.length > 0 ? await lookAt(opened.director) : ok(table);
  if (!now.ok) return fail([now.failure]);
  const marks = await marksOf(store.marks, opened.access);
  if (!marks.ok) return fail([marks.failure]);
  const { services, ramp, policy, weight, gates } = settings;
  const remembering: MaintenanceTable = { ...now.value, remembered: marks.value };
  const built = buildMaintenance(
    {
      direction,
      force,
      servers,
      ramp,
      policy,
      ...(services ? { services } : {}),
      ...(weight === undefined ? {} : { weight }),
      ...(gates?.check ? { check: gates.check } : {}),
    },
    [remembering],
  );
  const errors = built.diagnostics.filter(isError);
  return errors.length > 0 ? fail(errors.map(asFailure)) : ok({ ...built, marks: marks.value });
}

/** Whether all that is asked for has been done just now, by going on. */
function isFinished({ plan, resting }: MaintenanceResult, { finished }: WentOn): boolean {
  const asked = plan ? leaving(plan) : resting;
  return (
    asked.length > 0 &&
    asked.every((one) =>
      finished.some(({ service, server }) => service === one.service && server === one.server),
    )
  );
}

const leaving = ({ directors }: Plan): WentOn['finished'] =>
  directors.flatMap(({ services }) =>
    services.flatMap(({ service, oldServers, newServers }) =>
      [...oldServers, ...newServers].map((server) => ({ service, server })),
    ),
  );

/** Who is left out of an `in` that brings others back. */
const restingWarnings = (resting: MaintenanceResult['resting']): readonly Diagnostic[] =>
  resting.flatMap(({ kind, service, server, message }) =>
    kind === 'in-service'
      ? []
      : [{ severity: 'warning', code: `rests-${kind}`, service, message: `${server} ${message}` }],
  );
