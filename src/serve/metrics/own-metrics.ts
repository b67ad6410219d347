import type { DirectorView, View } from '../view/view.ts';
import { counter, type Family, gauge, single } from './family.ts';

/** Metrics of drain serve itself, and of whether the rest can be believed. */
export const ownMetrics = (view: View, build: BuildInfo): readonly Family[] => [
  gauge('drain_up', 'drain serve answers.', single(1)),
  gauge('drain_build_info', 'The version of drain, and what it runs on.', [
    { labels: { version: build.version, node: build.node }, value: 1 },
  ]),
  gauge(
    'drain_director_up',
    'Whether the IPVS table could be listed; 0: services and servers are missing here.',
    view.directors.map(({ director, table }) => ({
      labels: { director },
      value: Number(table.kind === 'up'),
    })),
  ),
  gauge(
    'drain_store_up',
    'Whether the store could be read; 0: rollouts and reasons to be out may be missing here.',
    single(view.storeFailure ? 0 : 1),
  ),
  gauge(
    'drain_scrape_duration_seconds',
    'How long it took to read what is shown here.',
    single(view.readMs / 1_000),
  ),
  counter(
    'drain_store_errors_total',
    'Readings of the store that failed.',
    single(view.failedStoreReads),
  ),
];

/** Metrics of how the table of one director is read. */
export const listingMetrics = ({ table, counts }: DirectorView): readonly Family[] => [
  gauge(
    'drain_listing_duration_seconds',
    'How long the listing of the table took, the ipvsadm process and reading what it printed.',
    single(table.kind === 'up' ? table.listedMs / 1_000 : undefined),
  ),
  counter('drain_listings_total', 'Listings of the table.', single(counts.listings)),
  counter(
    'drain_listing_errors_total',
    'Listings of the table that failed.',
    single(counts.failedListings),
  ),
];

export interface BuildInfo {
  readonly version: string;
  readonly node: string;
}
