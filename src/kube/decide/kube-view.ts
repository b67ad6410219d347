import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { HeldWhy, KubeEventBody } from '../../domain/events/kube-event.ts';
import type { Floors } from '../../domain/floor/floor.ts';
import type { Change, VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { CountedFloor } from '../../guard/decide/room-above-floor.ts';
import type { Wanted } from '../wanted/wanted.ts';
import { type KnownWeights, noneKnown } from './weights/known-weights.ts';

/** Everything that counts for the table of one director at one moment. */
export interface KubeView {
  readonly wanted: Wanted;
  readonly terms: KubeTerms;
  /** The table as marks and locks name it. */
  readonly table: string;
  readonly services: readonly VirtualService[];
  /** Claims of this cluster on this table. */
  readonly claims: readonly ClusterClaim[];
  /** Servers that an operator or a guard has out, or brings back: their weight is not the cluster's. */
  readonly excused: ReadonlyMap<ServiceKey, ReadonlySet<ServerKey>>;
  /** Services that a rollout has: nothing is decided about them. */
  readonly inRollout: ReadonlySet<ServiceKey>;
  /** Unfinished rollouts by the services that they have, and that are not the cluster's yet. */
  readonly waitsFor?: ReadonlyMap<ServiceKey, string> | undefined;
  /** Services that a rollout which was cut off has in mid-ramp, on a scale of its own. */
  readonly inMidRamp?: ReadonlySet<ServiceKey> | undefined;
  /** The verdicts on servers at weight 0, by `verdictKey`. */
  readonly verdicts: ReadonlyMap<string, Emptiness>;
  /** Health by checks, by `verdictKey`; a server that is not here is not checked. */
  readonly health: ReadonlyMap<string, ServerHealth>;
  /** The floors of services that have one, with everything counted that is out of them. */
  readonly floors?: ReadonlyMap<ServiceKey, CountedFloor> | undefined;
  /** The API server answers `/readyz` with 200. */
  readonly isApiReady: boolean;
  /** A person said `drain continue`: what is held goes on with what is seen now. */
  readonly isContinued: boolean;
  readonly memory: KubeMemory;
  readonly nowMs: number;
}

export type KubeTerms = Pick<KubeSettings, 'cluster' | 'join' | 'leave' | 'keep'> & {
  /** Servers that are in the table already become the cluster's own. */
  readonly adopts: boolean;
  /** The capacity that services keep whoever leaves, `minServing` of the config file. */
  readonly floors?: Floors | undefined;
};

export type ServerHealth = 'up' | 'down' | 'unknown';

export type Emptiness =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'busy';
      readonly connections: number;
      /** Why it does not become empty, where that is known: `persistence`, ... */
      readonly reason?: string | undefined;
    };

export const verdictKey = (service: ServiceKey, server: ServerKey): string =>
  `${service} ${server}`;

/** The memory from one decision to the next; a restart loses it, and nothing but patience is lost. */
export interface KubeMemory {
  readonly services: ReadonlyMap<ServiceKey, ServiceMemory>;
  /** What is not believed of the cluster, since when. */
  readonly doubt?: Doubt | undefined;
}

export interface Doubt {
  readonly why: 'not-synced' | 'meltdown';
  readonly lists: readonly string[];
  readonly sinceMs: number;
  /** It has lasted, or a person said so: what the cluster shows is believed all the same. */
  readonly isOver: boolean;
}

export interface ServiceMemory {
  /** Weights as they were last set or found; absent where nobody knows what was made of an edit. */
  readonly known: KnownWeights;
  /** Servers of which somebody else set the weight, as marks said then. */
  readonly excused: ReadonlySet<ServerKey>;
  readonly ramps: ReadonlyMap<ServerKey, Ramp>;
  /** Departures of late, of servers that have left the table since as well. */
  readonly leftMs: ReadonlyMap<ServerKey, readonly number[]>;
  readonly servesSinceMs: ReadonlyMap<ServerKey, number>;
  /** What was said to be held: it is said once. */
  readonly held: ReadonlyMap<ServerKey, HeldWhy>;
  /** A rollout has had the service: its weights are taken as they are. */
  readonly isLeftByRollout?: boolean | undefined;
  /** The rollout whose end the cluster waits for, before it takes the service. */
  readonly waitsFor?: string | undefined;
  /** The edit of somebody else for which the service is held. */
  readonly diff?: readonly string[] | undefined;
}

/** The way of a server's part of its weight, 0…1. */
export interface Ramp {
  readonly from: number;
  readonly to: 0 | 1;
  readonly sinceMs: number;
}

export const blankMemory: KubeMemory = { services: new Map() };

export const blankServiceMemory: ServiceMemory = {
  known: noneKnown,
  excused: new Set(),
  ramps: new Map(),
  leftMs: new Map(),
  servesSinceMs: new Map(),
  held: new Map(),
};

export interface KubeDecision {
  readonly services: readonly ServiceDecision[];
  /** Events about the cluster as a whole. */
  readonly events: readonly KubeEventBody[];
  readonly doubt: Doubt | undefined;
  /** The time of the next decision even if nothing happens. */
  readonly dueMs: number | undefined;
}

export interface ServiceDecision {
  readonly service: ServiceKey;
  /** The claim that has to be kept before the edits; absent where the kept one will do. */
  readonly claimBefore?: ClusterClaim | undefined;
  readonly edits: readonly Change[];
  /** The claim after the edits, or its end; absent where it is the one from before. */
  readonly claimAfter?: ClusterClaim | 'none' | undefined;
  /** To be told once everything is written. */
  readonly events: readonly KubeEventBody[];
  readonly memory: ServiceMemory;
  /** Servers at weight 0 whose emptiness is waited for. */
  readonly watched: readonly ServerKey[];
  /** The states of servers that are not simply in. */
  readonly states: ReadonlyMap<ServerKey, LifeState>;
  /** The time of the next decision even if nothing happens. */
  readonly dueMs?: number | undefined;
}

/** The life of a server in a service; beside these it can be held. */
export type LifeState = 'waiting' | 'joining' | 'in' | 'leaving' | 'empty' | 'foreign';

export const writesAnything = ({ claimBefore, claimAfter, edits }: ServiceDecision): boolean =>
  edits.length > 0 || claimBefore !== undefined || claimAfter !== undefined;

/** What takes weight away, or a row out of the table, waits for no ramp. */
export const isUrgent = ({ edits }: ServiceDecision): boolean =>
  edits.some((edit) => edit.kind !== 'set-weight' || edit.server.weight === 0);
