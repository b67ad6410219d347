import type { Acted } from '../../domain/actor/acts.ts';
import type { Failure } from '../../domain/failure.ts';
import type { RolloutStatus } from '../../domain/rollout/rollout-status.ts';

/** A `drain around` or a sequence, as `drain status` and `drain history` show it. */
export interface RecordStatus {
  readonly state: RolloutStatus;
  readonly startedMs: number;
  /** JSON of one line, or a few lines of words. */
  readonly text: string;
  readonly acts: readonly Acted[] | undefined;
  /** A key that changes with news; the text also changes with the time. */
  readonly key: string;
}

export interface RecordStatuses {
  readonly shown: readonly RecordStatus[];
  /** Failures of records that cannot be read: the others are shown all the same. */
  readonly unread: readonly Failure[];
}
