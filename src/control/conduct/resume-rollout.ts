import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import { resourcesOf } from '../../domain/rollout/rollout-locks.ts';
import { commandText, isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import { plannedEvent } from '../../rollout/events/planned.ts';
import type { TimedGate } from '../../rollout/gates/gate-state.ts';
import { resumeEntries } from '../../rollout/journal/resume.ts';
import type { Lock, RollbackPace, StopSwitch, Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import type { Audience, Outcome } from '../audience.ts';
import { reopenFleet } from '../fleet.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';
import { conduct } from './conduct.ts';
import { gatesFor } from './gates-for.ts';
import { markServers } from './marks.ts';
import { recordRollout } from './record-rollout.ts';

export interface ResumeRequest {
  readonly rollout: string;
  readonly direction: 'forward' | 'back';
  /** The pace of a rollback as a ramp; without it the rollback is at once. */
  readonly pace?: RollbackPace | undefined;
  readonly store: Store;
  readonly stop: StopSwitch;
}

/** Resumes a rollout that has stopped, or rolls it back, from its journal and the live table. */
export async function resumeRollout(
  ports: ControlPorts,
  request: ResumeRequest,
  audience: Audience,
): Promise<Result<Outcome>> {
  const { rollout, store, direction } = request;
  const read = await audience.waitingFor({ kind: 'rollouts' }, () => store.read(rollout));
  if (!read.ok) return read;
  const state = foldJournal(read.value);
  const refusal = direction === 'forward' ? cannotResume(state) : cannotRollBack(state);
  if (refusal) return fail(refusal);
  const showable = await audience.canShow();
  if (!showable.ok) return showable;
  const locked = await audience.waitingFor({ kind: 'lock' }, () =>
    store.lock(resourcesOf(state.plan, state.access), rollout),
  );
  if (!locked.ok) return locked;
  try {
    return await resumeLocked(ports, request, locked.value, audience);
  } finally {
    await locked.value.release();
  }
}

async function resumeLocked(
  ports: ControlPorts,
  request: ResumeRequest,
  lock: Lock,
  audience: Audience,
): Promise<Result<Outcome>> {
  const { rollout, store, stop } = request;
  // Read again under the lock: whoever held it may have gone on until just now.
  const journaled = await store.open(rollout);
  if (!journaled.ok) return journaled;
  const { journal, entries } = journaled.value;
  const state = foldJournal(entries);
  const reached = await reach(ports, request, state);
  if (!reached.ok) {
    await journal.close();
    return reached;
  }
  const { opened, gates } = reached.value;
  const listener = await audience.listen(opened);
  const recorded = recordRollout(ports, state.plan, opened);
  try {
    return await conduct(
      state,
      { audience, listener, recorded, opened, store, journal, lock, stop, gates },
      {
        announced: plannedEvent(state.plan),
        entries: resumeEntries(state, wayOn(state, request), opened.clock.nowMs()),
      },
    );
  } finally {
    await listener.close();
  }
}

/** Opens the directors and gates of a journal, and marks servers that a rollback takes out again. */
async function reach(
  ports: ControlPorts,
  { rollout, store, direction }: ResumeRequest,
  { plan, access }: RolloutState,
): Promise<Result<{ readonly opened: OpenFleet; readonly gates: readonly TimedGate[] }>> {
  const opened = await reopenFleet(ports, access);
  if (!opened.ok) return opened;
  const gates = await gatesFor(ports, plan, opened.value);
  if (!gates.ok) return gates;
  if (maintenanceOf(plan) === 'in' && direction === 'back') {
    const own = { rollout, plan, access };
    const marked = await markServers(store.marks, own, opened.value.clock.nowMs());
    if (!marked.ok) return marked;
  }
  return ok({ opened: opened.value, gates: gates.value });
}

/** A rollback ramp that was cut off is resumed; only a rollback at once cuts it short. */
function wayOn({ phase }: RolloutState, { direction, pace }: ResumeRequest) {
  const hasRollbackRamp = phase.kind === 'rolling-back' && phase.schedule !== undefined;
  if (direction === 'forward' || (hasRollbackRamp && pace)) return 'forward';
  return { back: pace ?? 'at-once' } as const;
}

/** Says why `resume` has nothing to do. */
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

function cannotRollBack({ rollout, end, phase }: RolloutState): Failure | undefined {
  if (phase.kind !== 'rolling-back' || end?.outcome !== 'rolled-back') return undefined;
  return { kind: 'usage', what: `rollout ${rollout} has been rolled back already` };
}
