import type { NotDrainingReason } from '../../domain/events/event.ts';
import type { GateLabel } from '../../domain/health/gate.ts';
import type { NamesByServer } from '../../domain/places/named-servers.ts';
import type { Move, RolloutPolicy, ScheduledStep } from '../../domain/rollout/plan.ts';

/** A rollout as a board shows it. */
export interface LiveView {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly move?: Move | undefined;
  /** Names that somebody wrote for servers. */
  readonly names: NamesByServer | undefined;
  /** The policy, where the plan is known. */
  readonly policy: RolloutPolicy | undefined;
  /** The steps of the ramp in progress; empty where they are not known, as in a rollback. */
  readonly schedule: readonly ScheduledStep[];
  /** The time at which step 0 of the ramp was due. */
  readonly rampStartMs: number | undefined;
  /** The time of the first that was heard of the rollout. */
  readonly startedAtMs: number | undefined;
  readonly nowMs: number;
  readonly phase: LivePhase;
  readonly phaseSinceMs: number;
  /** Whether the plan has gates, asked or not. */
  readonly hasGates: boolean;
  /** Each gate that has answered, by its name. */
  readonly gates: ReadonlyMap<string, LiveGate>;
  /** The sentence on a step that waits for a time of day. */
  readonly clockWait: string | undefined;
  /** Services by director and name, in the order of the plan. */
  readonly services: ReadonlyMap<string, LiveService>;
}

/** `under-way`: a rollout that was resumed between two events. */
export type LivePhase =
  | 'under-way'
  | 'ramp'
  | 'drain'
  | 'rolling-back'
  | 'paused'
  | 'held'
  | 'cut-off'
  | 'over';

/** The phase of a board in words. */
export const phaseWords: Readonly<Record<LivePhase, string>> = {
  'under-way': 'under way',
  ramp: 'ramp',
  drain: 'drain',
  'rolling-back': 'going back',
  paused: 'paused',
  held: 'held',
  'cut-off': 'cut off',
  over: 'over',
};

export interface LiveGate extends GateLabel {
  /** The last verdict of the gate. */
  readonly verdict: 'passed' | 'failed' | 'waiting';
  /** The wait of a step for it. */
  readonly wait?: { readonly sinceMs: number; readonly words: string };
  /** The real server that a check asks. */
  readonly server?: string | undefined;
}

export interface LiveService {
  readonly director: string;
  readonly service: string;
  readonly oldServers: readonly string[];
  readonly newServers: readonly string[];
  readonly step: number;
  /** The number of the last step; 0 where no step is known. */
  readonly of: number;
  readonly moved: number;
  /** Weights in the table now. */
  readonly weights: WeightsByName;
  /** Weights at step 0. */
  readonly firstWeights: WeightsByName;
  /** Weights once the old servers are gone; where the plan is known. */
  readonly finalWeights: WeightsByName | undefined;
  readonly connections: ReadonlyMap<string, LiveCounts>;
  /** The most active connections that any server of the service had. */
  readonly mostActive: number;
  /** Servers that have been quiesced. */
  readonly leaving: ReadonlyMap<string, DrainingServer>;
}

export type WeightsByName = ReadonlyMap<string, number>;

export interface LiveCounts {
  readonly activeConn: number;
  readonly inActConn: number;
  /** The time since which all samples found no connection at all. */
  readonly emptySinceMs?: number;
}

export type DrainingServer =
  | {
      readonly kind: 'draining';
      readonly sinceMs: number;
      /** The reason why the server does not become empty, once that is known. */
      readonly held?: NotDrainingReason;
    }
  | { readonly kind: 'drained' | 'removed'; readonly afterMs?: number };

/** The state of a rollout by its journal, which outdoes what events have said. */
export interface LiveState {
  readonly phase: LivePhase;
  readonly phaseSinceMs: number;
  readonly schedule: readonly ScheduledStep[];
  readonly rampStartMs: number;
  readonly startedAtMs: number;
  readonly services: readonly {
    readonly director: string;
    readonly service: string;
    readonly step: number;
    readonly of: number;
    readonly moved: number;
    readonly weights: WeightsByName;
    /** Servers at weight 0 until they are empty. */
    readonly leaving: readonly string[];
    readonly removed: readonly string[];
  }[];
}

export const isOver = ({ leaving }: LiveService): boolean =>
  leaving.size > 0 && [...leaving.values()].every(({ kind }) => kind !== 'draining');

/** Whether there are several directors: only then is a director's name worth its place. */
export const hasSeveralDirectors = ({ services }: LiveView): boolean =>
  new Set([...services.values()].map(({ director }) => director)).size > 1;
