import type { Actor } from '../domain/actor/actor.ts';
import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { Outcome, RollbackCause } from '../domain/events/event.ts';
import type { WaitedGate } from './gates/waited-gate.ts';
import type { DrainingServer } from './observe/draining-servers.ts';
import type { Drift } from './observe/drift.ts';
import type { ClockWait, GateWait } from './observe/observation.ts';
import type { RollbackPace } from './requests.ts';
import type { Milestone } from './state/director-state.ts';
import type { RescaledService } from './state/rescaled.ts';

/** A milestone, and the directors that are to reach it. */
export interface Goal {
  readonly milestone: Milestone;
  readonly directors: readonly string[];
}

/** The next thing that the loop does. */
export type Action =
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Lists the rollout's services with all attributes, on these directors. */
  | { readonly kind: 'observe'; readonly directors: readonly string[] }
  /** Samples weights and counters on every director. */
  | { readonly kind: 'sample' }
  /** Reads the connection tables. */
  | { readonly kind: 'look' }
  /** Writes the intent down, so that the edit itself waits for no disk when it is due. */
  | ({ readonly kind: 'intend' } & Goal)
  /** Edits each director once, for all of these goals. */
  | {
      readonly kind: 'reach';
      readonly goals: readonly Goal[];
      /** The time at which the goals were due. */
      readonly dueMs: number;
      /**
       * The time by which the rest of the ramp is shifted with it, so that it keeps its pace after a
       * delay.
       */
      readonly shiftMs?: number;
    }
  /** Brings the rest of the ramp to another scale, in these services. */
  | { readonly kind: 'rescale'; readonly services: readonly RescaledService[] }
  /** Has directors reset the connections of servers that are removed next. */
  | { readonly kind: 'borrow'; readonly directors: readonly string[] }
  /** Puts that setting back, once the connections are gone. */
  | { readonly kind: 'give-back'; readonly directors: readonly string[] }
  /** Counts the connections that the draining servers have got, to know later whether more came. */
  | { readonly kind: 'count' }
  /** Says why these servers do not empty. */
  | { readonly kind: 'explain'; readonly waiting: readonly DrainingServer[] }
  | { readonly kind: 'refill'; readonly service: ServiceKey; readonly server: ServerKey }
  | { readonly kind: 'declare-drained'; readonly drainKeys: readonly string[] }
  | {
      readonly kind: 'note-bystander';
      readonly drift: Extract<Drift, { readonly kind: 'bystander' }>;
    }
  /** Sets weights again that the program which manages a watched service has written over. */
  | { readonly kind: 'reassert'; readonly director: string }
  /** Continues without this director. */
  | { readonly kind: 'lose'; readonly director: string; readonly reason: string }
  /** Asks whether lost directors can be reached again, without waiting for the answer. */
  | { readonly kind: 'probe'; readonly directors: readonly string[] }
  /** A lost director has the table from before the rollout. */
  | { readonly kind: 'reset'; readonly director: string }
  | { readonly kind: 'regain'; readonly director: string }
  | {
      readonly kind: 'roll-back';
      readonly cause: RollbackCause;
      readonly reason: string;
      readonly exitCode: number;
      /** The pace of the rollback; absent: at once. */
      readonly pace?: RollbackPace;
      /** Whoever asked for it, where somebody did. */
      readonly actor?: Actor | undefined;
    }
  /** Asks these gates, without waiting for their answers. */
  | { readonly kind: 'ask'; readonly gates: readonly string[] }
  /** Tells which gates a step waits for, and why. */
  | {
      readonly kind: 'tell-gates';
      readonly wait: GateWait;
      readonly waits: readonly WaitedGate[];
    }
  /** Locks the tables, and checks the plan anew. */
  | { readonly kind: 'admit' }
  /** Tells of the time of day that a due step waits for. */
  | {
      readonly kind: 'tell-clock-wait';
      /** The wait as it is remembered, so that it is told once. */
      readonly told: string;
      readonly step: number;
      readonly wait: ClockWait;
    }
  /** Pauses the rollout; with `manualStep` because the plan says so at that step. */
  | {
      readonly kind: 'pause';
      readonly reason: string;
      readonly manualStep?: number;
      readonly actor?: Actor | undefined;
    }
  /** `promote`: takes the rest of the ramp in one step. */
  | {
      readonly kind: 'continue' | 'promote';
      readonly reason: string;
      readonly actor?: Actor | undefined;
    }
  | {
      readonly kind: 'end';
      readonly outcome: Outcome;
      readonly exitCode: number;
      readonly message: string;
      readonly drift?: Conflict;
    }
  /** Leaves the loop: the journal says that the rollout is over. */
  | { readonly kind: 'leave' };

export type Conflict = Extract<Drift, { readonly kind: 'conflict' }>;
