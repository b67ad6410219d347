import { randomBytes } from 'node:crypto';
import type { GivenOptions } from '../config/options.ts';
import type { ToolSettings } from '../config/settings.ts';
import type { DrainEvent, EventBody } from '../domain/event.ts';
import { type Diagnostic, exitCodeOf, type Failure, type Result } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import type { Reporter } from '../reporters/reporter.ts';
import { describeFailure } from '../reporters/wording.ts';
import { plannedEvent } from '../rollout/engine-events.ts';
import { checkBaseline, openRollout, type StaleBaseline } from '../rollout/open.ts';
import type { StopSwitch } from '../rollout/ports.ts';
import { runRollout } from '../rollout/run.ts';
import { closeRollout } from './close-rollout.ts';
import type { Environment, OpenFleet, ReporterForm } from './environment.ts';
import { gatesFor } from './gates-for.ts';
import { beforeTheStart } from './look-at.ts';
import { heldDirectors, showsLive } from './open-fleet.ts';
import { openReporter } from './open-reporter.ts';
import { markServers, settleMarks } from './out-marks.ts';
import { recordRollout } from './record-rollout.ts';
import { examineReportFile } from './report-file.ts';
import { endLines, resourcesOf } from './rollout-resources.ts';
import { showRecord } from './show-record.ts';

export interface RunRequest {
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
  readonly opened: OpenFleet;
  readonly tools: ToolSettings;
  /** Another reporter than the output form asks for. */
  readonly reporter?: ReporterForm;
  /** What has to come true under the lock before anything is changed. */
  readonly ready?: (start: RolloutStart) => Promise<Result<void>>;
  /** Rollouts that were held, and that this one takes over from. */
  readonly replaces?: readonly string[];
}

/** A rollout that is about to start. */
export interface RolloutStart {
  readonly rollout: string;
  readonly stop: StopSwitch;
  readonly emit: (event: EventBody) => void;
}

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
    return await carryOut(env, request, reporter);
  } finally {
    await reporter.close();
  }
}

async function carryOut(
  env: Environment,
  { plan, warnings, opened, tools, ready, replaces = [] }: RunRequest,
  reporter: Reporter,
): Promise<number> {
  const { clock } = opened;
  const rollout = rolloutId(clock.nowMs());
  const { recorder, describe } = recordRollout(env, plan, opened);
  const hear = (event: DrainEvent): void => {
    recorder.event(event);
    reporter.event(event);
  };
  const emit = (body: EventBody): void => {
    hear({ v: 1, at: new Date(clock.nowMs()).toISOString(), rollout, ...body });
  };
  const refused = ({ failure, diff }: StaleBaseline): number => {
    const exitCode = exitCodeOf(failure.kind);
    emit({ type: 'finished', outcome: 'refused', exitCode, message: failure.what });
    printFailures(env, [failure]);
    if (diff.length > 0) env.err(`${diff.join('\n')}\n`);
    return exitCode;
  };

  emit(plannedEvent(plan));
  for (const warning of warnings) emit(warningEvent(warning));
  const reportable = await examineReportFile(tools.report);
  if (!reportable.ok) return refused({ failure: reportable.failure, diff: [] });
  if (tools.dryRun) {
    const message = 'dry run: nothing was changed';
    emit({ type: 'finished', outcome: 'done', exitCode: 0, message });
    return 0;
  }
  const gates = await gatesFor(env, plan, opened);
  if (!gates.ok) return refused({ failure: gates.failure, diff: [] });
  const store = await env.openStore(tools.state, opened.access);
  const locked = await store.lock(resourcesOf(plan, opened.access), rollout);
  if (!locked.ok) return refused({ failure: locked.failure, diff: [] });
  const lock = locked.value;
  try {
    const stop = env.listenForStop();
    const directors = heldDirectors(opened, lock);
    const isReady = await ready?.({ rollout, stop, emit });
    if (isReady && !isReady.ok) return refused({ failure: isReady.failure, diff: [] });
    const baseline = await checkBaseline(plan, directors);
    if (!baseline.ok) {
      const { failure, diff } = baseline.failure;
      return refused({ failure: beforeTheStart(failure), diff });
    }
    for (const before of replaces) {
      await closeRollout(store, before, `taken over by rollout ${rollout}`, clock.nowMs());
    }
    const own = { rollout, plan, access: opened.access };
    const marked = await markServers(store.marks, own, clock.nowMs());
    if (!marked.ok) return refused({ failure: marked.failure, diff: [] });
    const journal = await store.create(rollout);
    if (!journal.ok) return refused({ failure: journal.failure, diff: [] });
    const writer = { journal: journal.value, clock };
    const state = await openRollout(rollout, plan, opened.access, writer);
    if (!state.ok) return refused({ failure: state.failure, diff: [] });
    reporter.opened?.(rollout);
    recorder.start(store.trace(rollout), describe());
    const end = await runRollout(
      {
        ...writer,
        directors,
        stop,
        gates: gates.value,
        inbox: store.inbox(rollout),
        emit: hear,
      },
      state.value,
    ).finally(() => Promise.all([journal.value.close(), recorder.close()]));
    const settled = await settleMarks(store.marks, own, end);
    await showRecord(env, store, rollout, tools);
    if (end.exitCode !== 0) env.err(endLines(rollout, end));
    return settled.ok ? end.exitCode : end.exitCode || printFailures(env, [settled.failure]);
  } finally {
    await lock.release();
  }
}

/** `20261123-141530-7f3a`: sorts by time, and two of the same second differ. */
export function rolloutId(nowMs: number): string {
  const [day = '', time = ''] = new Date(nowMs).toISOString().split('T');
  const digits = `${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}`;
  return `${digits}-${randomBytes(2).toString('hex')}`;
}

export const warningEvent = ({ code, message, next, service }: Diagnostic): EventBody => ({
  type: 'warning',
  code,
  message: next ? `${message}; ${next}` : message,
  ...(service === undefined ? {} : { service }),
});

/** There is no rollout: the reasons on stderr, and a last event for those who read events. */
export function refuse(
  env: Environment,
  given: GivenOptions,
  failures: readonly Failure[],
): number {
  const exitCode = printFailures(env, failures);
  if (given.get('output')?.values.at(-1) === 'json') {
    const nowMs = Date.now();
    const event: DrainEvent = {
      v: 1,
      at: new Date(nowMs).toISOString(),
      rollout: rolloutId(nowMs),
      type: 'finished',
      outcome: 'refused',
      exitCode,
      message: failures.map((failure) => failure.what).join('; '),
    };
    env.out(`${JSON.stringify(event)}\n`);
  }
  return exitCode;
}

/** Failures on stderr; the exit code of the first. */
export function printFailures(env: Environment, failures: readonly Failure[]): number {
  for (const failure of failures) env.err(`${describeFailure(failure)}\n`);
  env.tellFailures?.(failures);
  const [first] = failures;
  return first ? exitCodeOf(first.kind) : 0;
}
