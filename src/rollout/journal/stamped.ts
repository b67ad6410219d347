import {
  applyEntry,
  type JournalBody,
  type JournalEntry,
  journalVersion,
} from '../state/journal.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/** Makes an entry of its body, as one of that moment. */
export const stamped = (body: JournalBody, nowMs: number): JournalEntry => ({
  ...body,
  v: journalVersion,
  atMs: nowMs,
});

/** The state as it is once these entries are in the journal. */
export const withBodies = (
  state: RolloutState,
  bodies: readonly JournalBody[],
  nowMs: number,
): RolloutState => bodies.map((body) => stamped(body, nowMs)).reduce(applyEntry, state);
