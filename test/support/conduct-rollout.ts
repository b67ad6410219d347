import { conduct } from '../../src/control/conduct/conduct.ts';
import type { EngineDeps } from '../../src/rollout/engine-deps.ts';
import { plannedEvent } from '../../src/rollout/events/planned.ts';
import { resumeEntries } from '../../src/rollout/journal/resume.ts';
import {
  applyEntry,
  type JournalBody,
  type JournalEntry,
  journalVersion,
} from '../../src/rollout/state/journal.ts';
import type { RolloutEnd, RolloutState } from '../../src/rollout/state/rollout-state.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';

/** The way on from a journal that has stopped. */
export type Resuming = Parameters<typeof resumeEntries>[1];

/** Entries before those of the resume, and the terms that it changes. */
export interface ResumedOn {
  readonly found?: readonly JournalBody[];
  readonly change?: Parameters<typeof resumeEntries>[3];
}

const stamped = (body: JournalBody, nowMs: number): JournalEntry => ({
  ...body,
  v: journalVersion,
  atMs: nowMs,
});

/** The journal took no entry that resuming begins with, so nothing was done. */
export class NotWritten extends Error {}

/**
 * A rollout conducted as control does it, without a trace and without a lock: from an opened journal, or
 * with `resuming` from one that has stopped. Throws `NotWritten`.
 */
export async function conductRollout(
  { directors, journal, inbox, clock, emit, stop, gates = [] }: EngineDeps,
  state: RolloutState,
  resuming?: Resuming,
  { found = [], change = {} }: ResumedOn = {},
): Promise<RolloutEnd> {
  const ended = await conduct(
    state,
    {
      audience: { actor: { user: 'anna', host: 'lb1' }, note() {} },
      listener: { plan() {}, event: emit, async ended() {}, close() {} },
      recorded: {
        plan: state.plan,
        recorder: { event() {}, start() {}, async close() {} },
        describe: () => new Promise(() => {}),
      },
      opened: { directors, clock, access: state.access },
      store: { ...createMemoryStore(), inbox: () => inbox },
      journal: { append: (...entries) => journal.append(...entries), async close() {} },
      lock: {},
      stop,
      gates,
    },
    resuming && {
      announced: plannedEvent(state.plan),
      entries: [
        ...found.map((body) => ({ entry: stamped(body, clock.nowMs()) })),
        ...resumeEntries(
          found.map((body) => stamped(body, clock.nowMs())).reduce(applyEntry, state),
          resuming,
          clock.nowMs(),
          change,
        ),
      ],
    },
  );
  if (!ended.ok) throw new NotWritten(ended.failure.what);
  if (ended.value.kind !== 'ended') throw new Error(ended.value.kind);
  return ended.value.end;
}
