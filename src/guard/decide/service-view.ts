import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { GuardEventBody, WeightReason } from '../../domain/events/guard-event.ts';
import type { FallbackClaim } from '../../domain/health/fallback.ts';
import type { GuardedService } from '../../domain/health/guard.ts';
import type { Change, RealServer, VirtualService } from '../../domain/ipvs/ipvs.ts';
import { type AgentStanding, silent } from './agent.ts';
import type { Health } from './health.ts';
import type { CountedFloor } from './room-above-floor.ts';

/** A service as the guard sees it at this moment. */
export interface ServiceView {
  readonly guarded: GuardedService;
  /** The service with its own servers, without those of its fallback. */
  readonly live: VirtualService;
  readonly health: ReadonlyMap<ServerKey, Health>;
  /** The guard's own marks: servers that it took weight from, each with the weight to return to. */
  readonly marks: ReadonlyMap<ServerKey, number>;
  /** Servers that an operator or a cluster has out, and that only they bring back. */
  readonly operatorOut: ReadonlySet<ServerKey>;
  /** Servers that a file in the maintenance folder names. */
  readonly maintenance: ReadonlySet<ServerKey>;
  readonly memory: ServiceMemory;
  readonly nowMs: number;
  /** The floor of the config file; absent: none. */
  readonly floor?: CountedFloor | undefined;
  /** What the servers' agents say, of those that were asked; absent where the service has none. */
  readonly agents?: ReadonlyMap<ServerKey, AgentStanding> | undefined;
  /** Absent: none in the table. */
  readonly fallback?: FallbackView | undefined;
}

/** The fallback servers of a service. */
export interface FallbackView {
  /** The guard's claim on those that it has added. */
  readonly claim?: FallbackClaim | undefined;
  /** The servers of the claim that are in the table. */
  readonly servers: readonly RealServer[];
  /** How many connections each of them has, open or ending. */
  readonly open: ReadonlyMap<ServerKey, number>;
  /** Servers that an operator, a cluster or a file in the maintenance folder has out. */
  readonly out: ReadonlySet<ServerKey>;
}

/** No fallback server in the table. */
export const noFallback: FallbackView = { servers: [], open: new Map(), out: new Set() };

/** The guard's memory of a service from one decision to the next; a restart may lose it. */
export interface ServiceMemory {
  /** Weights as they were last seen or set; a server whose edit failed is not among them. */
  readonly known: ReadonlyMap<ServerKey, number>;
  /** The start of each server's ramp. */
  readonly ramps: ReadonlyMap<ServerKey, number>;
  /** The time since which a marked server is not in the table. */
  readonly absentMs: ReadonlyMap<ServerKey, number>;
  readonly looksDead: boolean;
  /** Servers that were reported as kept for `minHealthy` or `minServing`. */
  readonly kept: readonly ServerKey[];
  /** Those among them that are kept for `minServing`. */
  readonly floored?: readonly ServerKey[];
  /** The time since which each leaving fallback server has been seen without a connection. */
  readonly fallbackEmptyMs: ReadonlyMap<ServerKey, number>;
}

export const blankMemory: ServiceMemory = {
  known: new Map(),
  ramps: new Map(),
  absentMs: new Map(),
  looksDead: false,
  kept: [],
  fallbackEmptyMs: new Map(),
};

export interface ServiceDecision {
  readonly edits: readonly WeightEdit[];
  /** Marks to be written before the edits. */
  readonly putMarks: ReadonlyMap<ServerKey, number>;
  /** The percentages that agents ask for, of the servers among `putMarks` that serve with them. */
  readonly percents: ReadonlyMap<ServerKey, number>;
  /** Marks to be removed after the edits. */
  readonly dropMarks: readonly ServerKey[];
  /** Events to be emitted once the edits and marks are written. */
  readonly events: readonly GuardEventBody[];
  readonly memory: ServiceMemory;
  readonly fallback: FallbackDecision;
  /** The time of the next decision even if nothing happens. */
  readonly dueMs?: number;
}

/** What becomes of the fallback servers of a service. */
export interface FallbackDecision {
  readonly changes: readonly Change[];
  readonly events: readonly GuardEventBody[];
  readonly emptyMs: ReadonlyMap<ServerKey, number>;
  /** The claim to be kept before the changes; its table is the guard's. */
  readonly claim?: FallbackClaim;
  /** Whether the claim ends after the changes. */
  readonly isOver?: boolean;
  readonly dueMs?: number;
}

/** Decisions by service. */
export type Decisions = ReadonlyMap<ServiceKey, ServiceDecision>;

export interface WeightEdit {
  readonly server: RealServer;
  readonly weight: number;
  readonly reason: WeightReason;
  readonly wanted: number;
}

/** What a server's agent says; `undefined` where it was not asked yet. */
export const agentOf = (
  { agents }: Pick<ServiceView, 'agents'>,
  server: ServerKey,
): AgentStanding | undefined => (agents ? agents.get(server) : silent);
