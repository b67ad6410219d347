import type { Failure } from '../domain/failure.ts';
import type { HostCounters } from '../domain/host-counters.ts';
import type { TableMeasurement } from '../domain/measurement.ts';
import type { OutMark } from '../rollout/ports.ts';
import type { RolloutView } from './rollout-view.ts';

/** All that is known at one moment: what the metrics, the live page and its data are made of. */
export interface View {
  readonly atMs: number;
  readonly director: string;
  readonly table: TableView;
  readonly host: HostCounters;
  /** Those in progress and the last few, the latest first. */
  readonly rollouts: readonly RolloutView[];
  /** Servers that are out of service, of this table. */
  readonly marks: readonly OutMark[];
  /** The store could not be read. */
  readonly storeFailure?: Failure;
  readonly counts: ServeCounts;
  readonly readMs: number;
}

export type TableView =
  | { readonly kind: 'up'; readonly table: TableMeasurement; readonly listedMs: number }
  | { readonly kind: 'down'; readonly failure: Failure };

/** Since this process began. */
export interface ServeCounts {
  readonly listings: number;
  readonly failedListings: number;
  readonly failedStoreReads: number;
}
