import type { Plan } from '../domain/plan.ts';
import { awaitHealthy } from './await-healthy.ts';
import type { Environment } from './environment.ts';
import type { MaintenanceRun } from './maintenance-run.ts';
import type { RunRequest } from './run-request.ts';

/** `--check`: what has to be true of the servers of a plan before they get any weight. */
export function healthFirst(
  env: Environment,
  { settings, opened }: MaintenanceRun,
  plan: Plan,
): RunRequest['ready'] {
  if (!plan.gates?.check) return undefined;
  return async ({ rollout, stop, emit }) => {
    const checks = await env.createGates({ ...plan, schedule: [] });
    if (!checks.ok) return checks;
    const { from, to } = plan;
    return awaitHealthy({
      checks: checks.value,
      withinMs: settings.checkWithinMs,
      about: { rollout, step: 0, of: plan.schedule.length - 1, movedFraction: 0, from, to },
      clock: opened.clock,
      stop,
      emit,
    });
  };
}
