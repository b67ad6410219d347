import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { KubeEventBody } from '../../domain/events/kube-event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { Clock, Director, StopSwitch, Store } from '../../rollout/ports.ts';
import type { KubeTerms, LifeState, ServerHealth } from '../decide/kube-view.ts';
import type { Wanted } from '../wanted/wanted.ts';

/** A director that a cluster drives, and its table as marks and locks name it. */
export interface DrivenDirector {
  readonly director: Director;
  readonly table: string;
}

/** The cluster as the loops see it; what is behind it watches the API server. */
export interface ClusterView {
  /** What the cluster asks for now: the same object for as long as nothing that counts has changed. */
  wanted(nowMs: number): Wanted;
  /** Calls `wake` whenever what is wanted may have changed: never for a heartbeat of a node. */
  onChange(wake: () => void): void;
  /** Tells whether the API server answers `/readyz` with 200. */
  isReady(): Promise<boolean>;
}

export interface KubeRunDeps {
  readonly cluster: ClusterView;
  readonly store: Pick<
    Store,
    'lock' | 'holder' | 'marks' | 'unfinished' | 'list' | 'read' | 'claims'
  >;
  readonly clock: Clock;
  readonly stop: StopSwitch;
  readonly terms: () => KubeTerms;
  /** Health by checks, by `verdictKey`; nobody's where nothing is checked. */
  readonly health?: (() => ReadonlyMap<string, ServerHealth>) | undefined;
  /** Whether this instance may write: the leader of several, or the only one. */
  readonly mayWrite: () => boolean;
  emit(director: string, event: KubeEventBody): void;
  trouble(director: string, code: TroubleCode, failure: Failure | undefined): void;
  /** Tells how a director stands after each look and each edit. */
  stands(standing: DirectorStanding): void;
}

export type TroubleCode = 'cannot-list' | 'cannot-lock' | 'cannot-write' | 'cannot-count';

/** How far the table of one director is. */
export interface DirectorStanding {
  readonly director: string;
  /** The claims of the cluster there. */
  readonly claims: readonly ClusterClaim[];
  readonly states: ReadonlyMap<ServiceKey, ReadonlyMap<ServerKey, LifeState>>;
  /** Services that are held, as the events say why. */
  readonly held: ReadonlyMap<string, number>;
  /** The wanted state that stands in the table, read back. */
  readonly applied: Wanted;
  readonly atMs: number;
}
