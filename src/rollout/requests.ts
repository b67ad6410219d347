import type { Actor } from '../domain/actor/actor.ts';

/** The name of one run of a rollout: a resume of the same rollout is another run. */
export const runOf = ({
  pid,
  host = '',
  sinceMs,
}: {
  readonly pid: number;
  readonly host?: string | undefined;
  readonly sinceMs: number;
}): string => `${pid} since ${sinceMs} on ${host}`;

/** A request that another terminal can make of a running rollout. */
export type ControlRequest = AskedBy &
  (
    | { readonly kind: 'pause' }
    | { readonly kind: 'continue' }
    /** The rest of the ramp in one step. */
    | { readonly kind: 'promote' }
    | { readonly kind: 'rollback'; readonly pace?: RollbackPace }
  );

/** Whoever made a request; absent where an earlier version made it, or obeys it. */
export interface AskedBy {
  readonly actor?: Actor | undefined;
}

/** The pace of a rollback: a ramp of this length, with a step every so often. */
export interface RollbackPace {
  readonly overMs: number;
  readonly everyMs: number;
}

/** A request that was handed in. */
export interface RequestTicket {
  readonly name: string;
}

export interface InboxTerms {
  /** Finds the name of the run whose inbox it is; asked when there is a request for one run. */
  readonly run?: (() => Promise<string | undefined>) | undefined;
  /** Hears of a request that was for another run, or was none (then without a kind). */
  readonly onDropped?: ((kind: ControlRequest['kind'] | undefined) => void) | undefined;
}

/** The requests for one run of a rollout, as a queue. */
export interface ControlInbox {
  /** Takes the next request, each once: a rollback first, then in their order. */
  take(): Promise<ControlRequest | undefined>;
  /** Removes what was taken: it is in force by now, or there is nothing to do. */
  settle(): Promise<void>;
}
