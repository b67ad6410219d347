import type { Acted } from '../domain/actor/acts.ts';
import type { DrainEvent } from '../domain/events/event.ts';
import type { GateLabel } from '../domain/health/gate.ts';
import type { DirectorAccess } from '../domain/places/director-access.ts';
import type { Plan } from '../domain/rollout/plan.ts';
import type { Phase, RolloutEnd } from '../rollout/state/rollout-state.ts';
import type { TracedEnvironment } from '../rollout/state/trace.ts';

/**
 * A rollout as it went, from its journal and its trace: what reports, summaries, pages and metrics
 * show. All times are milliseconds since the epoch. Without a trace the parts that only it knows are
 * empty lists.
 */
export interface RolloutRecord {
  readonly rollout: string;
  readonly plan: Plan;
  readonly access: readonly DirectorAccess[];
  readonly startedAtMs: number;
  /** The time of the end, or of the last thing that is known. */
  readonly untilMs: number;
  /** The end; absent while the rollout runs, or when it was cut off. */
  readonly end?: RolloutEnd;
  readonly phase: RecordedPhase;
  readonly paused: boolean;
  /** The things that people did to the rollout, its start first; absent where nobody is known. */
  readonly acts?: readonly Acted[];
  readonly due: DueTimes;
  /** Spans of what the rollout did, without gaps from the start to `untilMs`. */
  readonly spans: readonly Span[];
  /** The steps reached on all directors, in the order they were reached on the slowest. */
  readonly steps: readonly StepRecord[];
  readonly services: readonly ServiceRecord[];
  readonly gates: readonly GateRecord[];
  /** All events of the rollout but `planned` and `sampled`. */
  readonly events: readonly DrainEvent[];
  readonly environment?: TracedEnvironment;
}

/** The times at which a rollout that is not over is due to be further, as far as anybody knows. */
export interface DueTimes {
  /** The last step of the ramp in progress; while the rollout is paused, as if it were not. */
  readonly rampEndMs?: number;
  /** The length of the rest of the ramp, which a pause leaves as it is. */
  readonly rampLeftMs?: number;
  /** The end of the wait for connections, empty or not. */
  readonly drainDeadlineMs?: number;
}

/** The phases as `/state`, metrics and `drain status` name them: a contract. */
export type RecordedPhase = 'ramping' | 'draining' | 'returning';

/** The name of a phase as records show it. */
export const recordedPhase = ({ kind }: Phase): RecordedPhase =>
  kind === 'rolling-back' ? 'returning' : kind;

/** A time in which the rollout did one thing; `stopped` is held or cut off, until resumed. */
export interface Span {
  readonly kind: 'ramp' | 'pause' | 'drain' | 'return' | 'stopped';
  readonly fromMs: number;
  readonly toMs: number;
}

export interface StepRecord {
  readonly step: number;
  /** The number of the last step. */
  readonly of: number;
  /** The time at which the step was reached on all directors. */
  readonly atMs: number;
  /** The time at which the step was due. */
  readonly dueMs: number;
  /** The part of the old servers' weight that has moved, by the plan: 0 to 1. */
  readonly movedFraction: number;
  readonly direction: 'forward' | 'back';
}

export type ServerRole = 'old' | 'new' | 'bystander';

export interface ServiceRecord {
  readonly director: string;
  readonly service: string;
  readonly scheduler: string;
  readonly servers: readonly ServerRecord[];
  /**
   * The servers whose share is recorded: the new ones, and where a rollout has none the old ones.
   */
  readonly shareOf: 'new' | 'old';
  /** The share of the `shareOf` servers in the service's weight, from each time on; 0 to 1. */
  readonly plannedShare: readonly { readonly atMs: number; readonly share: number }[];
  /** The share of the `shareOf` servers in the new connections, between two counts. */
  readonly delivered: readonly DeliveredShare[];
}

export interface DeliveredShare {
  readonly fromMs: number;
  readonly toMs: number;
  /** New connections of the whole service. */
  readonly connections: number;
  /** New connections on the servers of `shareOf`. */
  readonly onThem: number;
  /** The share that the weights in force asked for, averaged over the time; 0 to 1. */
  readonly planned: number;
}

export interface ServerRecord {
  readonly server: string;
  readonly role: ServerRole;
  /** The weight from each of these times on; null while the server is not in the table. */
  readonly weights: readonly {
    readonly atMs: number;
    readonly weight: number | null;
    /** The weight without the ramp's scale, as before the rollout: 30 of 100, where the table has 1800. */
    readonly baseWeight: number | null;
  }[];
  /** Counted connections; empty for bystanders. */
  readonly connections: readonly {
    readonly atMs: number;
    readonly activeConn: number;
    readonly inActConn: number;
  }[];
}

export interface GateRecord extends GateLabel {
  readonly atMs: number;
  readonly verdict: 'passed' | 'failed';
  readonly step: number;
  readonly detail: string;
}
