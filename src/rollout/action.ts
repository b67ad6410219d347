import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { Outcome, RollbackCause } from '../domain/events/event.ts';
import type { DrainingServer } from './observe/draining-servers.ts';
import type { Drift } from './observe/drift.ts';
import type { RollbackPace } from './ports.ts';
import type { Milestone } from './state/director-state.ts';

/** What the loop does next. */
export type Action =
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** List the rollout's services with all attributes, on these directors. */
  | { readonly kind: 'observe'; readonly directors: readonly string[] }
  /** Sample weights and counters on every director. */
  | { readonly kind: 'sample' }
  /** Read the connection tables. */
  | { readonly kind: 'look' }
  /** Write down that this comes next, so that the edit itself waits for no disk when it is due. */
  | {
      readonly kind: 'intend';
      readonly milestone: Milestone;
      readonly directors: readonly string[];
    }
  | {
      readonly kind: 'reach';
      readonly milestone: Milestone;
      readonly directors: readonly string[];
      /** When it should have happened. */
      readonly dueMs: number;
    }
  /** Count how many connections the leaving servers have got, to know later whether more came. */
  | { readonly kind: 'count' }
  /** Say why these do not empty. */
  | { readonly kind: 'explain'; readonly waiting: readonly DrainingServer[] }
  | { readonly kind: 'refill'; readonly service: ServiceKey; readonly server: ServerKey }
  | { readonly kind: 'declare-drained'; readonly drainKeys: readonly string[] }
  | {
      readonly kind: 'note-bystander';
      readonly drift: Extract<Drift, { readonly kind: 'bystander' }>;
    }
  /** Go on without this director. */
  | { readonly kind: 'lose'; readonly director: string; readonly reason: string }
  /** See whether lost directors can be reached again, and do not wait for the answer. */
  | { readonly kind: 'probe'; readonly directors: readonly string[] }
  /** A lost director has the table from before the rollout. */
  | { readonly kind: 'reset'; readonly director: string }
  | { readonly kind: 'regain'; readonly director: string }
  | {
      readonly kind: 'roll-back';
      readonly cause: RollbackCause;
      readonly reason: string;
      readonly exitCode: number;
      /** Absent: at once. */
      readonly pace?: RollbackPace;
    }
  /** Nothing ran for a while: the rest of the ramp starts from now, at its own pace. */
  | { readonly kind: 'shift'; readonly lateMs: number; readonly startAtMs: number }
  /** Ask these gates, and do not wait for their answers. */
  | { readonly kind: 'ask'; readonly gates: readonly string[] }
  /** With `manualStep` because the plan says so at that step. */
  | { readonly kind: 'pause'; readonly reason: string; readonly manualStep?: number }
  | { readonly kind: 'continue'; readonly reason: string }
  | {
      readonly kind: 'end';
      readonly outcome: Outcome;
      readonly exitCode: number;
      readonly message: string;
      readonly drift?: Conflict;
    }
  /** The journal says that it is over. */
  | { readonly kind: 'leave' };

export type Conflict = Extract<Drift, { readonly kind: 'conflict' }>;
