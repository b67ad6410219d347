import type { Actor } from '../actor/actor.ts';
import type { GateLabel, GateWaitReason } from '../health/gate.ts';
import type { NamesByServer } from '../places/named-servers.ts';
import type { Move } from '../rollout/plan.ts';

/**
 * Events of the engine, one union. `--output json` writes exactly these, one a line, so the names
 * and fields are the contract with scripts: add, never change.
 */
export type DrainEvent = EventBody & {
  readonly v: 1;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly rollout: string;
  /** Whoever the rollout follows: who started it, or who did something to it since; absent: not known. */
  readonly actor?: Actor;
};

export type NotDrainingReason =
  | 'persistence'
  | 'long-lived-connections'
  | 'port-reuse'
  | 'udp-traffic'
  | 'dead-peer';

/** Causes of a rollback: somebody or a signal asked for it, or the failure that led to it. */
export const rollbackCauses = [
  'asked',
  'sigint',
  'sigterm',
  'gate',
  'drain-timeout',
  'director',
] as const;
export type RollbackCause = (typeof rollbackCauses)[number];

/** Times of day that a step waits for: that of the start, or an open window. */
export const clockWaitReasons = ['start-time', 'window'] as const;
export type ClockWaitReason = (typeof clockWaitReasons)[number];

export type Outcome = 'done' | 'held' | 'rolled-back' | 'refused' | 'failed';

/** Weights by server, in the order they are listed. */
export type WeightsByServer = Readonly<Record<string, number>>;

export interface PlannedService {
  /** The first director that has the service so; only where directors do not have it alike. */
  readonly director?: string;
  readonly service: string;
  readonly scheduler: string;
  readonly steps: readonly {
    readonly step: number;
    /** Milliseconds after the start of the ramp. */
    readonly atMs: number;
    readonly weights: WeightsByServer;
  }[];
}

interface AtServer {
  readonly director: string;
  /** The virtual service. */
  readonly service: string;
  /** The real server. */
  readonly server: string;
}

export type EventBody =
  | {
      readonly type: 'planned';
      readonly services: readonly PlannedService[];
      /** The old servers. */
      readonly from: readonly string[];
      /** The new servers. */
      readonly to: readonly string[];
      /** Weights that change with nobody to hand over: `from` is empty then. */
      readonly move?: Move;
      /** Names that were written for servers: `{"10.0.0.2:80": "web-2"}`; absent: none. */
      readonly names?: NamesByServer;
      /** The length of the ramp. */
      readonly overMs: number;
      /** The time between steps. */
      readonly everyMs: number;
      /** The fraction at which the ramp ends for now; absent where it goes all the way. */
      readonly until?: number;
    }
  | {
      readonly type: 'warning';
      /** The kind of warning, in kebab-case: scripts may match on it. */
      readonly code: string;
      /** A sentence for people. */
      readonly message: string;
      readonly service?: string;
    }
  | {
      readonly type: 'step-applied';
      readonly director: string;
      readonly service: string;
      /** The number of the step, from 0. */
      readonly step: number;
      /** The number of the last step. */
      readonly of: number;
      /** The weights that were set. */
      readonly weights: WeightsByServer;
      /** 0 at the start, 1 after the last step. */
      readonly movedFraction: number;
      /** The time between when the step was due and when it was applied. */
      readonly lateMs: number;
      /** The time from the decision to the table read back; 0 when the weights were there. */
      readonly applyMs: number;
    }
  | (AtServer & {
      readonly type: 'sampled';
      /** The connections that ipvsadm counts as active. */
      readonly activeConn: number;
      /** The connections that ipvsadm counts as inactive. */
      readonly inActConn: number;
      /** The persistence templates. */
      readonly persistConn: number;
      readonly weight: number;
    })
  | (GateLabel & {
      readonly type: 'gate-passed' | 'gate-failed';
      /** The real server that a check asks. */
      readonly server?: string | undefined;
      /** The step that waits for the gate. */
      readonly step: number;
      /** The answer of the gate. */
      readonly detail: string;
    })
  | (GateLabel & {
      readonly type: 'gate-waiting';
      /** The real server that a check asks. */
      readonly server?: string | undefined;
      /** The step that waits for the gate. */
      readonly step: number;
      readonly reason: GateWaitReason;
      /** The time that the step has waited. */
      readonly waitedMs: number;
      /** The last answer of the gate, or what it waits for itself. */
      readonly detail: string;
    })
  | {
      readonly type: 'waiting';
      /** The step that waits for a time of day. */
      readonly step: number;
      readonly reason: ClockWaitReason;
      /** The time that is waited for: ISO 8601, UTC; absent where no window opens for weeks. */
      readonly until?: string;
      /** A sentence for people. */
      readonly detail: string;
    }
  | { readonly type: 'paused' | 'held'; readonly reason: string }
  | {
      readonly type: 'continued';
      readonly reason: string;
      /** `resumed`: by a process that was started for it. */
      readonly cause: 'asked' | 'resumed';
    }
  | (AtServer & { readonly type: 'quiesced' })
  | (AtServer & {
      readonly type: 're-asserted';
      /** The weight that the program which manages the service had brought the server back with. */
      readonly found: number;
      /** The weight of the step, which was set again. */
      readonly weight: number;
    })
  | (AtServer & {
      readonly type: 'not-draining';
      readonly reason: NotDrainingReason;
      /** The connections that are left. */
      readonly connections: number;
      /** The clients that hold most of the connections, the busiest first; a few. */
      readonly clients?: readonly { readonly address: string; readonly connections: number }[];
      /** Connections that came although the server was at weight 0. */
      readonly newConnections?: number;
      /** The age that all connections have at least; absent when newer ones may be among them. */
      readonly openForMs?: number;
      /** The time for which none of the connections has carried a packet. */
      readonly silentForMs?: number;
    })
  | (AtServer & {
      readonly type: 'drained' | 'removed';
      /** Milliseconds since the server was quiesced. */
      readonly afterMs: number;
    })
  | {
      readonly type: 'drift-detected';
      readonly director: string;
      readonly service: string;
      /** The row as the journal has it. */
      readonly expected: string;
      /** The row as the table has it. */
      readonly found: string;
    }
  | { readonly type: 'rollback-started'; readonly reason: string; readonly cause: RollbackCause }
  | { readonly type: 'rolled-back'; readonly reason: string }
  | {
      readonly type: 'finished';
      readonly outcome: Outcome;
      /** The exit code of the process. */
      readonly exitCode: number;
      /** A sentence for people. */
      readonly message: string;
      /** The fraction at which the ramp was to end for now; absent where it went all the way. */
      readonly until?: number;
    };

/** An event with its time and the rollout that it happened in. */
export const stampEvent = (
  body: EventBody,
  rollout: string,
  nowMs: number,
  actor?: Actor,
): DrainEvent => ({
  v: 1,
  at: new Date(nowMs).toISOString(),
  rollout,
  ...body,
  // Last: scripts that look for `"rollout":"…","type":"finished"` in a line still find it.
  ...(actor ? { actor } : {}),
});
