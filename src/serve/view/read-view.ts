import type { Failure, Result } from '../../domain/failure.ts';
import type { FallbackClaim } from '../../domain/health/fallback.ts';
import type { GuardReport } from '../../domain/health/guard-report.ts';
import { type HostCounters, noHostCounters } from '../../domain/ipvs/host-counters.ts';
import type { TableMeasurement } from '../../domain/ipvs/measurement.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import { type Freeze, freezeId, isInForce } from '../../domain/rollout/freeze.ts';
import { readGuardReports } from '../../rollout/guard-reports.ts';
import type { Director, MaintenanceMark, Store } from '../../rollout/ports.ts';
import { outViews } from './out-views.ts';
import type { RolloutReading } from './rollout-views.ts';
import { singleFlight, within } from './shared-work.ts';
import type { DirectorView, TableView, View } from './view.ts';

export interface ViewDeps {
  readonly directors: readonly ServedDirector[];
  readonly store: {
    readonly marks: Pick<Store['marks'], 'list'> & {
      readonly clusters: Pick<Store['marks']['clusters'], 'list'>;
      readonly fallbacks: Pick<Store['marks']['fallbacks'], 'list'>;
    };
    readonly guards: Pick<Store['guards'], 'list' | 'read'>;
    readonly freezes: Pick<Store['freezes'], 'read'>;
  };
  readonly readRollouts: () => Promise<RolloutReading>;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Milliseconds of a clock that never jumps. */
  readonly monotonicMs: () => number;
  /** Called when a director begins to fail, or to answer again. */
  readonly onTurn: (director: string, table: TableView) => void;
}

export interface ServedDirector {
  readonly director: Pick<Director, 'name' | 'measure' | 'hostCounters'>;
  /** The name of the director's table in marks. */
  readonly table: string;
}

/** An answer this old is given again: a page and two Prometheus are no more work than one of them. */
const minAgeMs = 500;
/** The longest wait, be it for a director that hangs: Prometheus gives up after 10 s. */
const patienceMs = 4_000;

/**
 * Reads everything there is to show, however many ask: all directors at the same time, one listing
 * at a time of each, one reading of the store at a time. Where one of them hangs the others are
 * shown without it, and whoever asks next waits for the same one instead of beginning another.
 */
export function createViewReader(deps: ViewDeps): () => Promise<View> {
  const { nowMs, monotonicMs } = deps;
  const once: Once = (work) => singleFlight(work, { minAgeMs, nowMs: monotonicMs });
  let failedStoreReads = 0;

  const readers = deps.directors.map((one) => ({
    table: one.table,
    read: createDirectorReader(one, once, deps),
  }));
  const readStore = once(async (): Promise<StoreView> => {
    const { marks: kept, freezes } = deps.store;
    const [reading, marks, claims, fallbacks, guards, frozen] = await Promise.all([
      deps.readRollouts(),
      kept.list(),
      kept.clusters.list(),
      kept.fallbacks.list(),
      readGuardReports(deps.store, nowMs()),
      freezes.read(freezeId),
    ]);
    const [unread] = [marks, claims, fallbacks, guards, frozen].flatMap((one) =>
      one.ok ? [] : [one.failure],
    );
    const failure = reading.failure ?? unread;
    if (failure) failedStoreReads++;
    return {
      rollouts: reading.rollouts,
      marks: marks.ok ? marks.value : [],
      freeze: frozen.ok ? frozen.value : undefined,
      claims: claims.ok ? claims.value : [],
      fallbacks: fallbacks.ok ? fallbacks.value : [],
      guards: guards.ok ? guards.value : [],
      ...(failure ? { failure } : {}),
    };
  });

  return once(async () => {
    const fromMs = monotonicMs();
    const [directors, store] = await Promise.all([
      Promise.all(readers.map(async ({ table, read }) => ({ table, view: await read() }))),
      within(patienceMs, readStore(), (): StoreView => storeTooSlow),
    ]);
    const atMs = nowMs();
    return {
      atMs,
      directors: directors.map(({ table, view }) => ({
        ...view,
        out: outViews(table, store.marks, store.claims),
        fallbacks: store.fallbacks.filter((one) => one.table === table),
        guards: store.guards.filter((one) => one.table === table),
      })),
      rollouts: store.rollouts,
      freeze: store.freeze && isInForce(store.freeze, atMs) ? store.freeze : undefined,
      ...(store.failure ? { storeFailure: store.failure } : {}),
      failedStoreReads,
      readMs: monotonicMs() - fromMs,
    };
  });
}

type Once = <T>(work: () => Promise<T>) => () => Promise<T>;

/** Reads one director, and counts its listings; never later than `patienceMs`. */
function createDirectorReader(
  { director }: ServedDirector,
  once: Once,
  { monotonicMs, onTurn }: Pick<ViewDeps, 'monotonicMs' | 'onTurn'>,
): () => Promise<Omit<DirectorView, 'out' | 'fallbacks' | 'guards'>> {
  const counts = { listings: 0, failedListings: 0 };
  let lastKind: TableView['kind'] = 'up';

  const measure = once(async (): Promise<TableView> => {
    const fromMs = monotonicMs();
    const measured = await director.measure();
    counts.listings++;
    if (!measured.ok) counts.failedListings++;
    return tableView(measured, monotonicMs() - fromMs);
  });
  const readHost = once(() => director.hostCounters());

  return async () => {
    const [table, host] = await Promise.all([
      within(patienceMs, measure(), (): TableView => ({ kind: 'down', failure: tooSlow })),
      within(patienceMs, readHost(), (): HostCounters => noHostCounters),
    ]);
    if (table.kind !== lastKind) onTurn(director.name, table);
    lastKind = table.kind;
    return { director: director.name, table, host, counts: { ...counts } };
  };
}

interface StoreView {
  readonly rollouts: RolloutReading['rollouts'];
  readonly marks: readonly MaintenanceMark[];
  readonly freeze?: Freeze | undefined;
  readonly claims: readonly ClusterClaim[];
  readonly fallbacks: readonly FallbackClaim[];
  readonly guards: readonly GuardReport[];
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
  ...{ fallbacks: [], guards: [] },
  rollouts: [],
  marks: [],
  claims: [],
  failure: {
    kind: 'director',
    what: `the store could not be read within ${patienceMs / 1_000} s`,
    next: 'Look at the disk it is on, or at etcd.',
  },
};
