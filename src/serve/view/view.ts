import type { Failure } from '../../domain/failure.ts';
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
  /** Servers that are out of service, of this table. */
  readonly marks: readonly MaintenanceMark[];
  readonly counts: ListingCounts;
}

export type TableView =
  | { readonly kind: 'up'; readonly table: TableMeasurement; readonly listedMs: number }
  | { readonly kind: 'down'; readonly failure: Failure };

/** Listings of a table since this process began. */
export interface ListingCounts {
  readonly listings: number;
  readonly failedListings: number;
}
