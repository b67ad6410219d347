import type { ToolSettings } from '../../config/settings.ts';
import type { DrainEvent, EventBody } from '../../domain/event.ts';
import type { Failure } from '../../domain/failure.ts';
import { maintenanceOf } from '../../domain/maintenance.ts';
import { resourcesOf } from '../../domain/rollout-locks.ts';
import { commandText, isFinalEnd } from '../../domain/rollout-status.ts';
import { stampEvent } from '../../domain/stamp-event.ts';
import { endLines } from '../../reporters/way-lines.ts';
import { plannedEvent } from '../../rollout/events/planned.ts';
import { resumeEntries } from '../../rollout/journal/resume.ts';
import type { Lock, ReturnPace, StopSwitch, Store } from '../../rollout/ports.ts';
import { runRollout } from '../../rollout/run.ts';
import { applyEntry, foldJournal } from '../../rollout/state/journal.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import { type Environment, openReporter } from '../environment.ts';
import { heldDirectors, reopenFleet } from '../open-fleet.ts';
import { printFailures } from '../refuse.ts';
import { examineReportFile } from '../report-file.ts';
import { gatesFor } from './gates-for.ts';
import { markServers, settleMarks } from './marks.ts';
import { recordRollout, showRecord } from './record-rollout.ts';

export interface GoOn {
  readonly rollout: string;
  readonly direction: 'forward' | 'back';
  /** Back as a ramp; at once without it. */
  readonly pace?: ReturnPace;
  readonly store: Store;
  readonly tools: ToolSettings;
  readonly stop: StopSwitch;
}

/** Goes on with a rollout that has stopped, from its journal and the live table. Returns the exit code. */
export async function goOn(env: Environment, request: GoOn): Promise<number> {
  const { rollout, store, direction } = request;
  const read = await store.read(rollout);
  if (!read.ok) return printFailures(env, [read.failure]);
  const state = foldJournal(read.value);
  const refusal = direction === 'forward' ? cannotResume(state) : cannotReturn(state);
  if (refusal) return printFailures(env, [refusal]);
  const reportable = await examineReportFile(request.tools.report);
  if (!reportable.ok) return printFailures(env, [reportable.failure]);
  const locked = await store.lock(resourcesOf(state.plan, state.access), rollout);
  if (!locked.ok) return printFailures(env, [locked.failure]);
  try {
    return await carryOn(env, request, locked.value);
  } finally {
    await locked.value.release();
  }
}

async function carryOn(env: Environment, request: GoOn, lock: Lock): Promise<number> {
  const { rollout, store, tools } = request;
  // Read again under the lock: whoever held it may have gone on until just now.
  const opened = await store.open(rollout);
  if (!opened.ok) return printFailures(env, [opened.failure]);
  const { journal, entries } = opened.value;
  let state = foldJournal(entries);
  const reached = await reopenFleet(env, state.access);
  if (!reached.ok) return printFailures(env, [reached.failure]);
  const { clock } = reached.value;
  const gates = await gatesFor(env, state.plan, reached.value);
  if (!gates.ok) return printFailures(env, [gates.failure]);
  const reporter = await openReporter(env, tools, reached.value);
  const { recorder, describe } = recordRollout(env, state.plan, reached.value);
  try {
    reporter.opened?.(rollout);
    recorder.start(store.trace(rollout), describe());
    const hear = (event: DrainEvent): void => {
      recorder.event(event);
      reporter.event(event);
    };
    const emit = (body: EventBody): void => hear(stampEvent(body, rollout, clock.nowMs()));
    emit(plannedEvent(state.plan));
    const own = { rollout, plan: state.plan, access: state.access };
    const takesOut = maintenanceOf(state.plan) === 'in' && request.direction === 'back';
    const marked = takesOut ? await markServers(store.marks, own, clock.nowMs()) : undefined;
    if (marked && !marked.ok) return printFailures(env, [marked.failure]);
    for (const { entry, event } of resumeEntries(state, wayOn(state, request), clock.nowMs())) {
      const written = await journal.append(entry);
      if (!written.ok) return printFailures(env, [written.failure]);
      state = applyEntry(state, entry);
      emit(event);
    }
    const end = await runRollout(
      {
        journal,
        clock,
        directors: heldDirectors(reached.value, lock),
        stop: request.stop,
        gates: gates.value,
        inbox: store.inbox(rollout),
        emit: hear,
      },
      state,
    ).finally(() => Promise.all([journal.close(), recorder.close()]));
    const settled = await settleMarks(store.marks, own, end);
    await showRecord(env, store, rollout, tools);
    if (end.exitCode !== 0) env.err(endLines(rollout, end));
    return settled.ok ? end.exitCode : end.exitCode || printFailures(env, [settled.failure]);
  } finally {
    await Promise.all([reporter.close(), recorder.close()]);
  }
}

/** A ramp back that was cut off is gone on with; only going back at once cuts it short. */
function wayOn({ phase }: RolloutState, { direction, pace }: GoOn) {
  const walksBack = phase.kind === 'returning' && phase.schedule !== undefined;
  if (direction === 'forward' || (walksBack && pace)) return 'forward';
  return { back: pace ?? 'at-once' } as const;
}

/** Why `resume` has nothing to do. */
function cannotResume({ rollout, end }: RolloutState): Failure | undefined {
  if (!end || !isFinalEnd(end)) return undefined;
  return {
    kind: 'usage',
    what: `rollout ${rollout} is over: ${end.message}`,
    next:
      end.outcome === 'done'
        ? `go back with: ${commandText(['rollback', rollout])}`
        : 'start a new rollout',
  };
}

function cannotReturn({ rollout, end, phase }: RolloutState): Failure | undefined {
  if (phase.kind !== 'returning' || end?.outcome !== 'rolled-back') return undefined;
  return { kind: 'usage', what: `rollout ${rollout} has been rolled back already` };
}
