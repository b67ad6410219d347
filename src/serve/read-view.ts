import type { Failure, Result } from '../domain/failure.ts';
import { type HostCounters, noHostCounters } from '../domain/host-counters.ts';
import type { TableMeasurement } from '../domain/measurement.ts';
import type { Director, OutMark, Store } from '../rollout/ports.ts';
import type { RolloutReading } from './rollout-book.ts';
import { singleFlight, within } from './single-flight.ts';
import type { TableView, View } from './view.ts';

export interface ViewDeps {
  readonly director: Pick<Director, 'name' | 'measure' | 'hostCounters'>;
  readonly store: { readonly marks: Pick<Store['marks'], 'list'> };
  readonly readRollouts: () => Promise<RolloutReading>;
  /** How marks name this table. */
  readonly table: string;
  /** Since the epoch. */
  readonly nowMs: () => number;
  /** Never jumps. */
  readonly monotonicMs: () => number;
  /** Called when the director begins to fail, or to answer again. */
  readonly onTurn: (table: TableView) => void;
}

/** An answer this old is given again: a page and two Prometheus are no more work than one of them. */
const minAgeMs = 500;
/** Who asks waits no longer, be it for a director that hangs: Prometheus gives up after 10 s. */
const patienceMs = 4_000;

/**
 * Looks at everything there is to show, however many ask: one listing at a time, one reading of the
 * store at a time. Where one of them hangs the others are shown without it, and whoever asks next
 * waits for the same one instead of beginning another.
 */
export function createViewReader(deps: ViewDeps): () => Promise<View> {
  const { director, table, nowMs, monotonicMs } = deps;
  const counts = { listings: 0, failedListings: 0, failedStoreReads: 0 };
  let lastKind: TableView['kind'] = 'up';
  const once = <T>(work: () => Promise<T>) => singleFlight(work, { minAgeMs, nowMs: monotonicMs });

  const measure = once(async (): Promise<TableView> => {
    const fromMs = monotonicMs();
    const measured = await director.measure();
    counts.listings++;
    if (!measured.ok) counts.failedListings++;
    return tableView(measured, monotonicMs() - fromMs);
  });
  const readHost = once(() => director.hostCounters());
  const readStore = once(async (): Promise<StoreView> => {
    const [reading, marks] = await Promise.all([deps.readRollouts(), deps.store.marks.list()]);
    const failure = reading.failure ?? (marks.ok ? undefined : marks.failure);
    if (failure) counts.failedStoreReads++;
    const here = marks.ok ? marks.value.filter((mark) => mark.table === table) : [];
    return { rollouts: reading.rollouts, marks: here, ...(failure ? { failure } : {}) };
  });

  return once(async () => {
    const fromMs = monotonicMs();
    const [tableNow, host, store] = await Promise.all([
      within(patienceMs, measure(), (): TableView => ({ kind: 'down', failure: tooSlow })),
      within(patienceMs, readHost(), (): HostCounters => noHostCounters),
      within(patienceMs, readStore(), (): StoreView => storeTooSlow),
    ]);
    if (tableNow.kind !== lastKind) deps.onTurn(tableNow);
    lastKind = tableNow.kind;
    return {
      atMs: nowMs(),
      director: director.name,
      table: tableNow,
      host,
      rollouts: store.rollouts,
      marks: store.marks,
      ...(store.failure ? { storeFailure: store.failure } : {}),
      counts: { ...counts },
      readMs: monotonicMs() - fromMs,
    };
  });
}

interface StoreView {
  readonly rollouts: RolloutReading['rollouts'];
  readonly marks: readonly OutMark[];
  readonly failure?: Failure;
}

const tableView = (measured: Result<TableMeasurement>, listedMs: number): TableView =>
  measured.ok
    ? { kind: 'up', table: measured.value, listedMs }
    : { kind: 'down', failure: measured.failure };

const tooSlow: Failure = {
  kind: 'director',
  what: `the table could not be listed within ${patienceMs / 1_000} s`,
  next: 'Run `ipvsadm -Ln` there by hand, and look at the load of the machine.',
};

const storeTooSlow: StoreView = {
  rollouts: [],
  marks: [],
  failure: {
    kind: 'director',
    what: `the store could not be read within ${patienceMs / 1_000} s`,
    next: 'Look at the disk it is on, or at etcd.',
  },
};
