import type { EventBody } from '../../domain/events/event.ts';
import { stampEvent } from '../../domain/events/event.ts';
import { eventWithNames } from '../../domain/events/names-in-events.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import type { EngineDeps } from '../../rollout/engine-deps.ts';
import type { TimedGate } from '../../rollout/gates/gate-state.ts';
import { heldDirector } from '../../rollout/held-director.ts';
import type { ResumeEntry } from '../../rollout/journal/resume.ts';
import { removeUnfinished } from '../../rollout/journal/unfinished.ts';
import type { Journal, Lock, StopSwitch, Store } from '../../rollout/ports.ts';
import { type ControlRequest, runOf } from '../../rollout/requests.ts';
import { runRollout } from '../../rollout/run.ts';
import { applyEntry } from '../../rollout/state/journal.ts';
import type { RolloutEnd, RolloutState } from '../../rollout/state/rollout-state.ts';
import { processOf } from '../../watch/watch-rollout.ts';
import { type Audience, type Listener, noteFailures, type Outcome } from '../audience.ts';
import type { OpenFleet } from '../ports.ts';
import { settleMarks } from './marks.ts';
import type { RecordedRollout } from './record-rollout.ts';

/** All that a rollout is conducted with, opened by whoever starts or resumes it. */
export interface Conducted {
  readonly audience: Pick<Audience, 'note' | 'actor'>;
  readonly listener: Listener;
  readonly recorded: RecordedRollout;
  readonly opened: Pick<OpenFleet, 'directors' | 'clock' | 'access'>;
  readonly store: Store;
  /** Closed in the end, whatever happens. */
  readonly journal: Journal;
  readonly lock: Pick<Lock, 'lockedForMs'>;
  readonly admit?: EngineDeps['admit'];
  readonly stop: StopSwitch;
  readonly gates: readonly TimedGate[];
}

/** Entries that a resume adds to a journal before the engine continues, and their announcement. */
export interface Resumption {
  readonly announced: EventBody;
  readonly entries: readonly ResumeEntry[];
}

/**
 * Carries a rollout to its end under its lock, and settles its journal, its trace and its marks.
 * The one caller of the engine: to start is to open a journal and conduct, to resume is to append
 * entries and conduct.
 */
export async function conduct(
  opening: RolloutState,
  conducted: Conducted,
  resumption?: Resumption,
): Promise<Result<Outcome>> {
  const { audience, listener, recorded, store } = conducted;
  const { rollout, plan, access } = opening;
  listener.opened?.(rollout);
  recorded.recorder.start(store.trace(rollout), recorded.describe());
  const ended = await carry(opening, conducted, resumption).finally(() =>
    Promise.all([conducted.journal.close(), recorded.recorder.close()]),
  );
  if (!ended.ok) return ended;
  const end = ended.value;
  const settled = await settleMarks(store.marks, { plan, access }, end);
  // A process that failed may have lost the rollout to another one. A name that stays proves nothing.
  if (isFinalEnd(end) && end.outcome !== 'failed') {
    await removeUnfinished(store, { rollout, plan, access });
  }
  await listener.ended({ rollout, end, store });
  if (settled.ok) return ok({ kind: 'ended', rollout, end, exitCode: end.exitCode });
  const code = noteFailures(audience, [settled.failure]);
  return ok({ kind: 'ended', rollout, end, exitCode: end.exitCode || code });
}

async function carry(
  opening: RolloutState,
  { audience, listener, recorded, opened, store, journal, lock, admit, stop, gates }: Conducted,
  resumption: Resumption | undefined,
): Promise<Result<RolloutEnd>> {
  const { rollout } = opening;
  const { clock } = opened;
  const hear = hearing(listener, recorded);
  const emit = (body: EventBody): void =>
    hear(stampEvent(body, rollout, clock.nowMs(), audience.actor));
  let state = opening;
  if (resumption) {
    emit(resumption.announced);
    for (const { entry, event } of resumption.entries) {
      const written = await journal.append(entry);
      if (!written.ok) return fail(written.failure);
      state = applyEntry(state, entry);
      if (event) emit(event);
    }
  }
  const directors = lockedDirectors(opened, lock);
  const inbox = store.inbox(rollout, {
    async run() {
      const process = await processOf(store, opening);
      return process && runOf(process);
    },
    onDropped: (kind) => emit(droppedWarning(kind)),
  });
  return ok(
    await runRollout({ journal, clock, directors, stop, gates, inbox, admit, emit: hear }, state),
  );
}

/** The warning about a request that is not obeyed, for another run was asked. */
const droppedWarning = (kind: ControlRequest['kind'] | undefined): EventBody => ({
  type: 'warning',
  code: 'request-dropped',
  message:
    kind === undefined
      ? 'a request was dropped: it is not as this version writes it'
      : `a request to ${kind} was dropped: it was made of an earlier process of this rollout, which ended before it obeyed`,
});

/** Tells the events of a rollout, with its servers by name, to the trace that is kept of it and to the front end. */
export const hearing =
  (listener: Listener, { recorder, plan }: RecordedRollout): Listener['event'] =>
  (event) => {
    const named = eventWithNames(event, plan.names);
    recorder.event(named);
    listener.event(named);
  };

/** Directors that are edited only while nobody else can have the lock. */
export const lockedDirectors = (
  { directors, access }: Pick<OpenFleet, 'directors' | 'access'>,
  lock: Pick<Lock, 'lockedForMs'>,
): OpenFleet['directors'] =>
  new Map(
    [...directors].map(([name, director]) => [
      name,
      heldDirector(director, lock, tableOf(accessOf(access, name))),
    ]),
  );
