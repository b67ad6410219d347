import type { FallbackClaim } from '../../domain/health/fallback.ts';
import {
  type GuardReport,
  isAlive,
  type ReportedServer,
} from '../../domain/health/guard-report.ts';
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
  /** The guards of the table, with what they find of its servers. */
  readonly guards: readonly GuardState[];
  readonly host: Omit<HostCounters, 'sysctls'> & {
    readonly sysctls: Readonly<Record<string, number>>;
  };
}

export interface GuardState extends Omit<GuardReport, 'guard' | 'table' | 'director'> {
  /** Whether it goes on: its loop turns, and it can list the table. */
  readonly isAlive: boolean;
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
  /** What a guard says of the server, where it is down or kept in. */
  readonly health?: Omit<ReportedServer, 'server'>;
  /** A server that a guard has added, to stand in for dead ones. */
  readonly fallback?: Pick<FallbackClaim, 'sinceMs' | 'leavingMs'>;
}

export const stateOf = (view: View, version: string): State => ({
  v: 2,
  atMs: view.atMs,
  version,
  directors: view.directors.map((one) => servedState(one, view.atMs)),
  rollouts: view.rollouts,
  ...(view.freeze ? { frozen: view.freeze } : {}),
  ...(view.storeFailure ? { storeError: view.storeFailure.what } : {}),
});

function servedState({ director, table, ...view }: DirectorView, atMs: number): ServedState {
  const { sysctls, ...host } = view.host;
  const marks = new Map<string, OutView[]>();
  for (const mark of view.out) {
    const key = `${mark.service} ${mark.server}`;
    marks.set(key, [...(marks.get(key) ?? []), mark]);
  }
  const notes = notesOf(view, atMs);
  return {
    director,
    up: table.kind === 'up',
    ...(table.kind === 'down' ? { error: table.failure.what } : {}),
    services:
      table.kind === 'up'
        ? byKey(table.table.services).map((one) => serviceState(one, marks, notes))
        : [],
    guards: view.guards.map((report) => guardState(report, atMs)),
    host: { ...host, sysctls: Object.fromEntries(sysctls) },
  };
}

const guardState = (
  { guard: _, table: __, director: ___, ...report }: GuardReport,
  atMs: number,
): GuardState => ({ ...report, isAlive: isAlive(report, atMs) });

type Notes = ReadonlyMap<string, Pick<ServerState, 'health' | 'fallback'>>;

/** What guards say of single servers: those that are alive, for what another has found is long past. */
function notesOf(
  { guards, fallbacks }: Pick<DirectorView, 'guards' | 'fallbacks'>,
  atMs: number,
): Notes {
  const notes = new Map<string, Pick<ServerState, 'health' | 'fallback'>>();
  const note = (key: string, more: Pick<ServerState, 'health' | 'fallback'>): void => {
    notes.set(key, { ...notes.get(key), ...more });
  };
  for (const report of guards) {
    if (!isAlive(report, atMs)) continue;
    for (const { service, bad } of report.services)
      for (const { server, ...health } of bad) note(`${service} ${server}`, { health });
  }
  for (const { service, servers, sinceMs, leavingMs } of fallbacks) {
    const fallback = { sinceMs, ...(leavingMs === undefined ? {} : { leavingMs }) };
    for (const server of servers) note(`${service} ${server}`, { fallback });
  }
  return notes;
}

type Marks = ReadonlyMap<string, readonly OutView[]>;

function serviceState(service: ServiceMeasurement, marks: Marks, notes: Notes): ServiceState {
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
      ...notes.get(`${key} ${server}`),
    })),
  };
}

/** A listing has no order to rely on, and a page whose rows jump cannot be read. */
const byKey = <T extends { readonly key: string }>(items: readonly T[]): readonly T[] =>
  items.toSorted((a, b) => collator.compare(a.key, b.key));

const collator = new Intl.Collator('en', { numeric: true });
