import type { ServerKey, ServerName, ServiceKey } from '../address.ts';
import type { ServiceFloor } from '../floor/floor.ts';
import type { GateSet, GateSpec } from '../health/gate.ts';
import type { RealServer, VirtualService } from '../ipvs/ipvs.ts';
import type { DirectorAccess } from '../places/director-access.ts';
import type { NamesByServer } from '../places/named-servers.ts';
import type { TimeWindow } from '../time/windows.ts';

export type Curve = 'linear' | 's-curve' | 'exponential';

/** A server to fill and its capacity relative to the others; without a share see `finalShares`. */
export interface NewServer {
  readonly name: ServerName;
  readonly share?: number;
}

/** The request of an operator, with every name resolved to an address. */
export interface DrainRequest {
  readonly from: readonly ServerName[];
  readonly to: readonly NewServer[];
  /** Services of the request alone; absent: every service that holds all of `from`. */
  readonly services?: readonly ServiceKey[];
  readonly ramp: RampRequest;
  /** Total final weight of the new servers in each service. */
  readonly weight?: number;
  /** Switch each service that has another scheduler to this one. */
  readonly setScheduler?: 'wrr';
  /** Switch back at the end, and not only in a rollback. */
  readonly restoreScheduler?: true;
  readonly policy: RolloutPolicy;
  readonly gates?: GateSet;
  /** Whether directors need not hold the same servers with the same weights. */
  readonly allowDifferences?: boolean;
  readonly windows?: readonly TimeWindow[];
}

export interface RampRequest {
  readonly overMs: number;
  readonly everyMs: number;
  readonly curve: Curve;
  /** Percentages moved, ending in 100, instead of a curve. */
  readonly percentages?: readonly number[];
  /** Stops at each of the percentages, in their order. */
  readonly stops?: readonly Stop[];
  /** The fraction at which the ramp ends for now, with old and new servers in the table. */
  readonly until?: number;
}

/** A step of a plan file at which the rollout stays for a while. */
export interface Stop {
  /** The time until the next step; absent: `everyMs`. */
  readonly holdMs?: number;
  /** Whether the rollout waits until somebody says `drain continue`. */
  readonly manual?: boolean;
  readonly gates?: readonly GateSpec[];
}

/**
 * The actions at the drain deadline. `remove` takes servers out with the connections that they have, and
 * `reset` resets those, so that their clients connect anew.
 */
export const timeoutActions = ['hold', 'remove', 'reset', 'rollback'] as const;
export type OnTimeout = (typeof timeoutActions)[number];

/** Behaviour of the engine once the plan is under way. */
export interface RolloutPolicy {
  readonly drainTimeoutMs: number;
  readonly settleMs: number;
  readonly pollMs: number;
  readonly onTimeout: OnTimeout;
  readonly onFailure: 'rollback' | 'hold';
  readonly onInterrupt: 'hold' | 'rollback';
  /** No TCP connect to new servers before the first step of a plan that has no check. */
  readonly skipsConnect?: true;
  /** What IPVS itself shows of new servers is no gate. */
  readonly skipsIpvsGate?: true;
  /** Somebody insists, though services whose other servers lose their weight refuse their clients then. */
  readonly mayEmpty?: true;
  /** Leave the old servers in the table at weight 0. */
  readonly keep: boolean;
  /** The number of directors that is enough to continue with; absent: all of them. */
  readonly quorum?: number;
}

/**
 * Weights that change with nobody to hand over: `add` has new real servers, `weight` other weights of those
 * that are there.
 */
export const moves = ['add', 'weight'] as const;
export type Move = (typeof moves)[number];

/** A compiled rollout: absolute weights at absolute times, and the table it was computed from. */
export interface Plan {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** `from` is empty then, and `to` are the servers whose weights change; absent: no such plan. */
  readonly move?: Move;
  /** Names that were written for servers of `from` and `to`, for sentences and tables; absent: none. */
  readonly names?: NamesByServer;
  readonly overMs: number;
  readonly everyMs: number;
  /** Milliseconds after the start at which each step is due, and the fraction moved by then. */
  readonly schedule: readonly ScheduledStep[];
  /** The fraction of a step at which the rollout is done for now, until somebody goes on; absent: 1. */
  readonly until?: number;
  readonly directors: readonly DirectorPlan[];
  readonly policy: RolloutPolicy;
  /** Gates asked before each step and all through a hold; absent: none. */
  readonly gates?: GateSet;
  /** The time of the wall clock before which the rollout does not begin, in milliseconds since 1970. */
  readonly startsAtMs?: number;
  /** Times of the week in which steps of the ramp forward may be taken; absent: always. */
  readonly windows?: readonly TimeWindow[];
}

export interface ScheduledStep {
  readonly atMs: number;
  readonly fraction: number;
  /** Whether the rollout pauses here until somebody lets it continue. */
  readonly manual?: boolean;
  /** Gates that must pass before the step after this one, beside those of the whole plan. */
  readonly gates?: readonly GateSpec[];
}

/** A rollback as a ramp: absolute weights at absolute times, as a plan has them. */
export interface RollbackRamp {
  /** `fraction` is what is still moved: it falls to 0. */
  readonly schedule: readonly ScheduledStep[];
  readonly directors: readonly RollbackSteps[];
}

export interface RollbackSteps {
  readonly director: string;
  readonly services: readonly {
    readonly service: ServiceKey;
    /** `steps[k][i]` is the weight of `servers[i]` from step k of the rollback on. */
    readonly steps: readonly (readonly number[])[];
  }[];
}

export interface DirectorPlan {
  readonly director: string;
  /**
   * The sync daemon's id, where directors of one id copy each other's connections: each connection
   * is in the tables of all of them, and counts once.
   */
  readonly syncGroup?: number;
  /** The director only takes in copies of the connections of another, which forwards the traffic. */
  readonly syncBackup?: true;
  readonly services: readonly ServicePlan[];
}

/**
 * A service of one director. `servers` fixes the order of every weight list: old servers, new
 * servers, bystanders.
 */
export interface ServicePlan {
  readonly service: ServiceKey;
  /** The service before step 0, which a rollback restores. */
  readonly baseline: VirtualService;
  /** The scheduler in force from step 0 on. */
  readonly scheduler: string;
  /** The baseline's scheduler and flags come back with the final weights. */
  readonly restoresScheduler?: true;
  readonly oldServers: readonly ServerKey[];
  readonly newServers: readonly ServerKey[];
  readonly servers: readonly ServerKey[];
  /** New servers that the baseline does not hold, as they are added: weight 0. */
  readonly added: readonly RealServer[];
  /** `steps[k][i]` is the weight of `servers[i]` from step k on; step 0 is the start. */
  readonly steps: readonly (readonly number[])[];
  /** Weights once the old servers are gone and the scale is taken back; 0 for the old servers. */
  readonly finalWeights: readonly number[];
  /** The scale of step 0, and of all others but where `rescaled` says otherwise. */
  readonly scale: WeightScale;
  /** The weight that moves, for whoever brings the rest of the ramp to another scale; absent: nobody may. */
  readonly moving?: MovingWeight;
  /** Scales of later steps, in the order of their first step; absent: none. */
  readonly rescaled?: readonly { readonly fromStep: number; readonly scale: WeightScale }[];
  /** The program that puts weights of this service back, so that its scale stays: `keepalived`. */
  readonly managedBy?: string;
  /**
   * The weights that this program brings servers back with, where the rollout sets those of the step again
   * (`manager: {keepalived: watch}`); absent: an edit of that program is a conflict like any other.
   */
  readonly watched?: readonly (readonly [server: ServerKey, weight: number])[];
  /** Bystanders that were out of service when the rollout began, with the base weights to come back to. */
  readonly out?: readonly (readonly [server: ServerKey, weight: number])[];
  /** The capacity below which no step takes the service; absent: none, or somebody insists. */
  readonly floor?: ServiceFloor;
}

/** The weight of a ramp at baseline scale. */
export interface MovingWeight {
  /** The weight that each new server gains by the end; need not be whole. Below 0: loses, in a move. */
  readonly gains: readonly number[];
  /** Weight that moves although no old server holds it. */
  readonly extra: number;
  /** The steps were chosen one by one: none may be rounded away. */
  readonly everyStepMoves: boolean;
}

/** The scale of the weights from a step on. */
export const scaleAt = ({ scale, rescaled = [] }: ServicePlan, step: number): WeightScale =>
  rescaled.findLast(({ fromStep }) => fromStep <= step)?.scale ?? scale;

/** A server whose weight a plan changes, in one service of one director. */
export interface MovedServer {
  readonly director: string;
  readonly service: ServiceKey;
  readonly server: ServerKey;
}

/** What a plan says of the servers that it moves. */
export interface MovedBy {
  readonly directors: readonly {
    readonly director: string;
    readonly services: readonly Pick<ServicePlan, 'service' | 'oldServers' | 'newServers'>[];
  }[];
}

export const movedServers = ({ directors }: MovedBy): readonly MovedServer[] =>
  directors.flatMap(({ director, services }) =>
    services.flatMap(({ service, oldServers, newServers }) =>
      [...oldServers, ...newServers].map((server) => ({ director, service, server })),
    ),
  );

/** The scale that the weights were brought to, and why. */
export interface WeightScale {
  /** Every baseline weight is multiplied by `multiplier / divisor` during the ramp. */
  readonly multiplier: number;
  readonly divisor: number;
  /** Sum of the weights during the ramp: the longest cycle wrr walks. */
  readonly totalWeight: number;
  readonly baselineTotalWeight: number;
  /** New connections that are expected between two steps; undefined when no rate is known. */
  readonly connectionsPerStep?: number;
  /** The most that a step's delivered share may be off, in connections of that step. */
  readonly errorConnections: number;
}

/**
 * A plan as `drain plan -o` saves it: every weight at every step, the baseline it was computed from,
 * and how to reach the directors. `drain apply` makes exactly these edits or refuses.
 */
export interface CompiledPlan {
  readonly drainPlan: typeof compiledVersion;
  readonly access: readonly DirectorAccess[];
  readonly plan: Plan;
  /** The reason of whoever compiled it, for whoever carries it out without one. */
  readonly reason?: string;
}

export const compiledVersion = 2;
