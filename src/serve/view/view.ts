import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { Failure } from '../../domain/failure.ts';
import type { FallbackClaim } from '../../domain/health/fallback.ts';
import type { GuardReport } from '../../domain/health/guard-report.ts';
import type { HostCounters } from '../../domain/ipvs/host-counters.ts';
import type { TableMeasurement } from '../../domain/ipvs/measurement.ts';
import type { Freeze } from '../../domain/rollout/freeze.ts';
import type { MaintenanceMark } from '../../rollout/ports.ts';
import type { RolloutView } from './rollout-view.ts';

/** All that is known at one moment: what the metrics, the live page and its data are made of. */
export interface View {
  readonly atMs: number;
  /** Directors in the order they were given in; mostly one. */
  readonly directors: readonly DirectorView[];
  /** Rollouts in progress and the last few, the latest first. */
  readonly rollouts: readonly RolloutView[];
  /** The freeze in force. */
  readonly freeze?: Freeze | undefined;
  /** The failure to read the store. */
  readonly storeFailure?: Failure;
  /** Failed readings of the store since this process began. */
  readonly failedStoreReads: number;
  readonly readMs: number;
}

/** A director, its table and its machine. */
export interface DirectorView {
  readonly director: string;
  readonly table: TableView;
  readonly host: HostCounters;
  /** Servers that are out of service, of this table, by reason. */
  readonly out: readonly OutView[];
  /** Servers that guards have added to this table, to stand in for dead ones. */
  readonly fallbacks: readonly FallbackClaim[];
  /** What the guards of this table say. */
  readonly guards: readonly GuardReport[];
  readonly counts: ListingCounts;
}

/** A real server that is out of service for one reason: by drain out, by its health, or by a cluster. */
export interface OutView {
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly reason: OutReason;
  readonly sinceMs: number;
  /** Whoever has it out, and why: `anna on lb1: new disk`, `prod, node n3: exclude-label`. */
  readonly why?: string | undefined;
}

export type OutReason = MaintenanceMark['reason'] | 'cluster';

export type TableView =
  | { readonly kind: 'up'; readonly table: TableMeasurement; readonly listedMs: number }
  | { readonly kind: 'down'; readonly failure: Failure };

/** Listings of a table since this process began. */
export interface ListingCounts {
  readonly listings: number;
  readonly failedListings: number;
}
