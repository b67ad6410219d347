import type { AroundRecord } from '../domain/around/around.ts';
import type { Result } from '../domain/failure.ts';
import type { GuardReport } from '../domain/health/guard-report.ts';
import type { Freeze } from '../domain/rollout/freeze.ts';
import type { SequenceRecord } from '../domain/rollout/sequence.ts';

/** The records of a state by their kind, each of which has a row in `src/store/documents/kinds.ts`. */
export interface RecordKinds {
  /** How far each `drain around` is. */
  readonly arounds: AroundRecord;
  /** The rollouts of each plan file with several. */
  readonly sequences: SequenceRecord;
  /** The time in which no rollout is to start. */
  readonly freezes: Freeze;
  /** What each guard sees: one that ended in order has none. */
  readonly guards: GuardReport;
}

export type RecordStores = { readonly [Kind in keyof RecordKinds]: Records<RecordKinds[Kind]> };

/** Keeps the records of one kind, each under an id of its own. */
export interface Records<T> {
  /** Ids, the latest first. */
  list(): Promise<Result<readonly string[]>>;
  /** The record of that id; `undefined` where there is none. */
  read(id: string): Promise<Result<T | undefined>>;
  /** Replaces the record of the same id; the new one is kept for good before the call ends. */
  put(record: T): Promise<Result<void>>;
  /** Removes a record; no error when there is none. */
  remove(id: string): Promise<Result<void>>;
}
