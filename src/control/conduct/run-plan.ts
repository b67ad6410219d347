import type { EventBody } from '../../domain/event.ts';
import { exitCodeOf } from '../../domain/failure.ts';
import { rolloutId } from '../../domain/rollout-id.ts';
import { stampEvent } from '../../domain/stamp-event.ts';
import type { Reporter } from '../../reporters/reporter.ts';
import { planEvents } from '../../rollout/events/planned.ts';
import { type Environment, openReporter } from '../environment.ts';
import { showsLive } from '../open-fleet.ts';
import { printFailures } from '../refuse.ts';
import { examineReportFile } from '../report-file.ts';
import type { RunRequest } from './request.ts';

/** Shows the plan, asks where there is somebody to ask, and carries it out. Returns the exit code. */
export async function runPlan(env: Environment, request: RunRequest): Promise<number> {
  const { tools, opened } = request;
  const reporter = await openReporter(env, tools, opened, request.reporter);
  try {
    reporter.plan(request.plan, request.warnings);
    const asks = env.interactive && showsLive(env, tools) && !tools.yes && !tools.dryRun;
    if (asks && !(await env.ask('Start?'))) {
      env.err('drain: not started, nothing was changed\n');
      return exitCodeOf('usage');
    }
    if (tools.dryRun) return await dryRun(env, request, reporter);
    const { carryOut } = await import('./start.ts');
    return await carryOut(env, request, reporter);
  } finally {
    await reporter.close();
  }
}

/** What would happen, and nothing else. */
async function dryRun(
  env: Environment,
  { plan, warnings, opened, tools }: RunRequest,
  reporter: Reporter,
): Promise<number> {
  const { clock } = opened;
  const rollout = rolloutId(clock.nowMs());
  const emit = (body: EventBody): void => reporter.event(stampEvent(body, rollout, clock.nowMs()));
  for (const body of planEvents(plan, warnings)) emit(body);
  const reportable = await examineReportFile(tools.report);
  if (reportable.ok) {
    const message = 'dry run: nothing was changed';
    emit({ type: 'finished', outcome: 'done', exitCode: 0, message });
    return 0;
  }
  const { failure } = reportable;
  const exitCode = exitCodeOf(failure.kind);
  emit({ type: 'finished', outcome: 'refused', exitCode, message: failure.what });
  return printFailures(env, [failure]);
}
