import type { Actor } from '../../domain/actor/actor.ts';
import { type Diagnostic, exitCodeOf, fail, ok, type Result } from '../../domain/failure.ts';
import { movedServers } from '../../domain/rollout/plan.ts';
import type { MaintenanceResult } from '../../planner/maintenance/build-maintenance.ts';
import type { PlanFailure } from '../apply/planned-rollout.ts';
import type { Audience, Outcome } from '../audience.ts';
import { closeRollout } from '../conduct/close-rollout.ts';
import { runPlan } from '../conduct/run-plan.ts';
import type { ControlPorts } from '../ports.ts';
import { awaitHealthyFirst } from './await-healthy.ts';
import { examineArounds } from './claimed.ts';
import { forget, skippedLines } from './nothing-to-do.ts';
import { planMaintenance } from './plan-maintenance.ts';
import type { MaintenanceRun } from './prepare.ts';
import { type Resumed, resumeUnfinished } from './unfinished.ts';

/**
 * `drain out SERVER…`, `drain in SERVER…`: a rollout in which nobody takes over. Called again it does
 * no harm: it resumes what was cut off, waits once more, or finds nothing to do.
 */
export async function maintain(
  ports: ControlPorts,
  run: MaintenanceRun,
  audience: Audience,
): Promise<Result<Outcome, PlanFailure>> {
  const passedOver = await examineArounds(run);
  if (!passedOver.ok) return fail([passedOver.failure]);
  const resumed = await resumeUnfinished(ports, run, audience);
  if (!resumed.ok) return fail([resumed.failure]);
  if (resumed.value.stopped) return ok(resumed.value.stopped);
  const planned = await planMaintenance(run, resumed.value, audience);
  if (!planned.ok) return planned;
  const { plan, diagnostics, skipped, tables } = planned.value;
  if (isFinished(planned.value, resumed.value)) return ok({ kind: 'nothing-to-do', exitCode: 0 });

  const { dryRun, opened, store } = run;
  const { replaces } = resumed.value;
  if (!dryRun) {
    // Before the marks that name them go: a crash in between leaves what the next call finds.
    if (!plan) await closeAll(run, replaces, audience.actor);
    const forgotten = await forget(store.marks, tables, skipped);
    if (!forgotten.ok) return fail([forgotten.failure]);
  }
  const keptOut = skipped.some(({ kind }) => kind === 'unhealthy' || kind === 'out-by-cluster')
    ? exitCodeOf('gate')
    : 0;
  if (!plan) {
    audience.note({
      kind: 'nothing-to-do',
      lines: skippedLines(skipped),
      nowMs: opened.clock.nowMs(),
      exitCode: keptOut,
    });
    return ok(keptOutOr({ kind: 'nothing-to-do', exitCode: 0 }, keptOut));
  }
  const warnings = [...passedOver.value, ...diagnostics, ...skippedWarnings(skipped)];
  const ready = awaitHealthyFirst(ports, run, { plan, audience });
  const { force } = run;
  const override = run.pastFreeze === 'override';
  const request = { plan, warnings, opened, store, dryRun, replaces, ready, force, override };
  return ok(keptOutOr(await runPlan(ports, request, audience), keptOut));
}

/** The outcome, but for servers that health keeps out: then not all that was asked for is true. */
const keptOutOr = (outcome: Outcome, keptOut: number): Outcome =>
  outcome.exitCode === 0 && keptOut !== 0 ? { kind: 'kept-out', exitCode: keptOut } : outcome;

/** Closes rollouts that were cut off between their last edit and their end. */
async function closeAll(
  { store, opened: { clock } }: MaintenanceRun,
  rollouts: readonly string[],
  actor: Actor,
): Promise<void> {
  const message = 'its servers are in service';
  for (const rollout of rollouts) {
    await closeRollout(store, rollout, { message, actor, nowMs: clock.nowMs() });
  }
}

/** Whether all that is asked for has been done just now, by resuming. */
function isFinished({ plan, skipped }: MaintenanceResult, { finished }: Resumed): boolean {
  const asked = plan ? movedServers(plan) : skipped;
  return (
    asked.length > 0 &&
    asked.every(({ director, service, server }) =>
      finished.some(
        (one) => one.director === director && one.service === service && one.server === server,
      ),
    )
  );
}

/** Servers that are left out of an `in` that brings others back. */
const skippedWarnings = (skipped: MaintenanceResult['skipped']): readonly Diagnostic[] =>
  skipped.flatMap(({ kind, service, server, message }) =>
    kind === 'in-service'
      ? []
      : [{ severity: 'warning', code: `rests-${kind}`, service, message: `${server} ${message}` }],
  );
