import type { HostCounters } from '../../domain/ipvs/host-counters.ts';
import type { ForwardingMethod } from '../../domain/ipvs/ipvs.ts';
import type {
  ServiceMeasurement,
  TrafficRates,
  TrafficTotals,
} from '../../domain/ipvs/measurement.ts';
import type { Freeze } from '../../domain/rollout/freeze.ts';
import type { RolloutView } from './rollout-view.ts';
import type { DirectorView, OutView, View } from './view.ts';

/** The answer of `/state`, for the live page. */
export interface State {
  readonly v: 2;
  /** Milliseconds since the epoch, by the clock of the machine that serves. */
  readonly atMs: number;
  readonly version: string;
  /** Directors in the order they were given in; mostly one. */
  readonly directors: readonly ServedState[];
  /** Rollouts in progress and the last few, the latest first. */
  readonly rollouts: readonly RolloutView[];
  /** The freeze in force: no rollout starts. */
  readonly frozen?: Freeze;
  /** The failure to read the store: rollouts and reasons to be out may be missing. */
  readonly storeError?: string;
}

/** A director, with its table and its machine. */
export interface ServedState {
  readonly director: string;
  readonly up: boolean;
  /** The reason why the director is not up; there are no services then. */
  readonly error?: string;
  readonly services: readonly ServiceState[];
  readonly host: Omit<HostCounters, 'sysctls'> & {
    readonly sysctls: Readonly<Record<string, number>>;
  };
}

export interface ServiceState {
  readonly service: string;
  readonly scheduler: string;
  readonly schedulerFlags: readonly string[];
  readonly persistenceS?: number;
  readonly totals: TrafficTotals;
  readonly rates: TrafficRates;
  readonly servers: readonly ServerState[];
}

export interface ServerState {
  readonly server: string;
  readonly forwarding: ForwardingMethod;
  readonly weight: number;
  readonly activeConn: number;
  readonly inActConn: number;
  readonly persistConn: number;
  /** The upper threshold of connections; 0 is none. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
  readonly totals: TrafficTotals;
  readonly rates: TrafficRates;
  /** Reasons why somebody took the server out of service, and since when. */
  readonly out: readonly Pick<OutView, 'reason' | 'sinceMs' | 'why'>[];
}

export const stateOf = (view: View, version: string): State => ({
  v: 2,
  atMs: view.atMs,
  version,
  directors: view.directors.map(servedState),
  rollouts: view.rollouts,
  ...(view.freeze ? { frozen: view.freeze } : {}),
  ...(view.storeFailure ? { storeError: view.storeFailure.what } : {}),
});

function servedState({ director, table, ...view }: DirectorView): ServedState {
  const { sysctls, ...host } = view.host;
  const marks = new Map<string, OutView[]>();
  for (const mark of view.out) {
    const key = `${mark.service} ${mark.server}`;
    marks.set(key, [...(marks.get(key) ?? []), mark]);
  }
  return {
    director,
    up: table.kind === 'up',
    ...(table.kind === 'down' ? { error: table.failure.what } : {}),
    services:
      table.kind === 'up' ? byKey(table.table.services).map((one) => serviceState(one, marks)) : [],
    host: { ...host, sysctls: Object.fromEntries(sysctls) },
  };
}

type Marks = ReadonlyMap<string, readonly OutView[]>;

function serviceState(service: ServiceMeasurement, marks: Marks): ServiceState {
  const { key, scheduler, schedulerFlags, persistence, totals, rates } = service;
  return {
    service: key,
    scheduler,
    schedulerFlags,
    ...(persistence ? { persistenceS: persistence.timeoutS } : {}),
    totals,
    rates,
    servers: byKey(service.servers).map(({ key: server, address: _, port: __, ...rest }) => ({
      server,
      ...rest,
      out: (marks.get(`${key} ${server}`) ?? []).map(({ reason, sinceMs, why }) => ({
        ...{ reason, sinceMs },
        ...(why === undefined ? {} : { why }),
      })),
    })),
  };
}

/** A listing has no order to rely on, and a page whose rows jump cannot be read. */
const byKey = <T extends { readonly key: string }>(items: readonly T[]): readonly T[] =>
  items.toSorted((a, b) => collator.compare(a.key, b.key));

const collator = new Intl.Collator('en', { numeric: true });
