import type { DrainEvent, EventBody } from '../../domain/event.ts';
import { exitCodeOf } from '../../domain/failure.ts';
import { rolloutId } from '../../domain/rollout-id.ts';
import { resourcesOf } from '../../domain/rollout-locks.ts';
import { stampEvent } from '../../domain/stamp-event.ts';
import type { Reporter } from '../../reporters/reporter.ts';
import { endLines } from '../../reporters/way-lines.ts';
import { planEvents } from '../../rollout/events/planned.ts';
import { checkBaseline, openRollout, type StaleBaseline } from '../../rollout/journal/open.ts';
import { runRollout } from '../../rollout/run.ts';
import type { Environment } from '../environment.ts';
import { beforeTheStart, heldDirectors } from '../open-fleet.ts';
import { printFailures } from '../refuse.ts';
import { examineReportFile } from '../report-file.ts';
import { closeRollout } from './close-rollout.ts';
import { gatesFor } from './gates-for.ts';
import { markServers, settleMarks } from './marks.ts';
import { recordRollout, showRecord } from './record-rollout.ts';
import type { RunRequest } from './request.ts';

/**
 * Carries a plan out to its end, under its lock. Returns the exit code. A module of its own because a
 * dry run needs nothing of it, and the engine takes longer to load than a plan to make.
 */
export async function carryOut(
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
  const emit = (body: EventBody): void => hear(stampEvent(body, rollout, clock.nowMs()));
  const refused = ({ failure, diff }: StaleBaseline): number => {
    const exitCode = exitCodeOf(failure.kind);
    emit({ type: 'finished', outcome: 'refused', exitCode, message: failure.what });
    printFailures(env, [failure]);
    if (diff.length > 0) env.err(`${diff.join('\n')}\n`);
    return exitCode;
  };

  for (const body of planEvents(plan, warnings)) emit(body);
  const reportable = await examineReportFile(tools.report);
  if (!reportable.ok) return refused({ failure: reportable.failure, diff: [] });
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
