import type { ServiceKey } from '../../domain/address.ts';
import type { ClockWaitReason } from '../../domain/events/event.ts';
import type { Failure } from '../../domain/failure.ts';
import type { ServiceSample, Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { GateState } from '../gates/gate-state.ts';
import type { ConnectionTotals, StopRequest } from '../ports.ts';
import type { ControlRequest } from '../requests.ts';
import type { DrainWatch } from './drain-verdict.ts';
import type { GotConnections } from './got-connections.ts';

/** The loop's knowledge besides the journal; gone with the process, and rebuilt by listing. */
export interface Observation {
  readonly directors: ReadonlyMap<string, LiveDirector>;
  /** Watches on the draining servers, by `drainKey`. */
  readonly watches: ReadonlyMap<string, DrainWatch>;
  /** The time at which the counters are to be sampled next. */
  readonly nextPollMs: number;
  /**
   * The time before which the connection table is not read, which costs time that grows with it.
   */
  readonly nextConnectionsMs: number;
  /** Counts from when the servers had just been quiesced, to compare with later. */
  readonly counted?: QuiescedCount;
  /** The time at which the reasons why servers do not empty were given last. */
  readonly explainedMs?: number;
  /** Gates by name; none where the plan has none. */
  readonly gates: ReadonlyMap<string, GateState>;
  /** The step that waits for gates, since when, and the wait that was last told of. */
  readonly gateWait?: GateWait;
  /** What the clock on the wall shows, which may be set and jump; absent: the time that counts is shown. */
  readonly wallMs?: number;
  /** The tables are not locked yet, or cannot be edited by this rollout. */
  readonly admission?: 'to-come' | Failure;
  /** Weights that were set again beside a manager, the latest last; gone with the process. */
  readonly reasserted?: readonly {
    readonly director: string;
    readonly key: string;
    readonly atMs: number;
  }[];
  /** The time of the last sample that was told of, where samples are taken more often than that. */
  readonly sampleToldMs?: number;
  /** The time of day that the next step waits for. */
  readonly clockWait?: ClockWait;
  /** The wait for a time of day that was last told of. */
  readonly toldClockWait?: string;
  readonly stop?: StopRequest;
  /** A request of another terminal, once. */
  readonly control?: ControlRequest;
}

export interface ClockWait {
  readonly reason: ClockWaitReason;
  /** By the clock on the wall; absent where no window opens for weeks. */
  readonly untilMs?: number;
}

export interface GateWait {
  readonly step: string;
  readonly sinceMs: number;
  readonly toldMs: number;
}

export interface QuiescedCount {
  readonly atMs: number;
  /** Totals by director; a director that did not answer is not in the map. */
  readonly totals: ReadonlyMap<string, ConnectionTotals>;
  /** Connections over but still listed, by director and `drainKey`; with conn_reuse_mode=0 only. */
  readonly ended: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
}

export interface LiveDirector {
  /** The last listing with attributes; dropped when an edit may have changed them. */
  readonly table?: { readonly atMs: number; readonly snapshot: Snapshot };
  /** The connections that each service has ever got, at the listings of late, the latest last. */
  readonly arrivals?: readonly ArrivalCount[];
  /** The connections that old and new servers have got; absent before the first count. */
  readonly got?: GotConnections;
  /** The last weights and counters. */
  readonly sample?: {
    readonly atMs: number;
    readonly services: ReadonlyMap<ServiceKey, ServiceSample>;
  };
  /** The director can tell without a process, at an edit, that its table still is as listed. */
  readonly tellsChanges: boolean;
  /**
   * The time that commands take: at once that of a slow one, and less again as others are quicker.
   */
  readonly commandMs: number;
  /** The probe of a lost director: under way, or due at that time. */
  readonly probe?: 'under-way' | { readonly atMs: number };
  /** Failures that nothing has made good yet; a listing that works says nothing about edits. */
  readonly troubles: { readonly listing?: Trouble; readonly edit?: Trouble };
}

/** The failure of a director's last commands of one kind. */
export interface Trouble {
  /** Failures in a row. */
  readonly count: number;
  readonly retryAtMs: number;
  readonly failure: Failure;
}

export interface ArrivalCount {
  readonly atMs: number;
  readonly connections: ReadonlyMap<ServiceKey, number>;
}

const fresh: LiveDirector = { tellsChanges: false, commandMs: 20, troubles: {} };

export const initialObservation = (directors: Iterable<string>, nowMs: number): Observation => ({
  directors: new Map([...directors].map((name) => [name, fresh])),
  watches: new Map(),
  gates: new Map(),
  nextPollMs: nowMs,
  nextConnectionsMs: nowMs,
});

/** The observation once the tables are locked, or with the failure where they cannot be. */
export function withAdmission(
  { admission: _, ...seen }: Observation,
  failure: Failure | undefined,
): Observation {
  return failure ? { ...seen, admission: failure } : seen;
}

/** The first time on the grid `nextMs + n * periodMs` that is later than now. */
export function nextOnGrid(nextMs: number, periodMs: number, nowMs: number): number {
  if (nextMs > nowMs) return nextMs;
  return nextMs + periodMs * (Math.floor((nowMs - nextMs) / periodMs) + 1);
}

/** The same observation with one director's part changed. */
export function withDirector(
  seen: Observation,
  name: string,
  change: (live: LiveDirector) => LiveDirector,
): Observation {
  const live = seen.directors.get(name) ?? fresh;
  return { ...seen, directors: new Map([...seen.directors, [name, change(live)]]) };
}

/** The time between two probes of a lost director. */
export const probeEveryMs = 5_000;

/** The knowledge of a director that was lost: nothing but the time that its commands take. */
export const afterLoss = ({ commandMs }: LiveDirector, nowMs: number): LiveDirector => ({
  tellsChanges: false,
  commandMs,
  troubles: {},
  probe: { atMs: nowMs + probeEveryMs },
});

/** The time after which a director that failed is tried again. */
const retryMs = 1_000;

/** The director after a failure; a failed edit may have changed the table, which is dropped. */
export function afterFailure(
  { table, ...live }: LiveDirector,
  during: keyof LiveDirector['troubles'],
  failure: Failure,
  nowMs: number,
): LiveDirector {
  const count = (live.troubles[during]?.count ?? 0) + 1;
  const trouble = { failure, count, retryAtMs: nowMs + retryMs };
  const kept = during === 'listing' && table ? { table } : {};
  return { ...live, ...kept, troubles: { ...live.troubles, [during]: trouble } };
}

/** The same observation after an edit of a director that failed. */
export const withFailedEdit = (
  seen: Observation,
  name: string,
  failure: Failure,
  nowMs: number,
): Observation => withDirector(seen, name, (live) => afterFailure(live, 'edit', failure, nowMs));

/** The same observation where other servers are to be emptied, with a deadline of their own. */
export function withoutCounts({ explainedMs: _, counted: __, ...seen }: Observation): Observation {
  return seen;
}

/** The same observation without the watch on one server, which has to be found empty anew. */
export const withoutWatch = (seen: Observation, key: string): Observation => ({
  ...seen,
  watches: new Map([...seen.watches].filter(([one]) => one !== key)),
});

/** The director after a success; `tookMs` where a command ran for that. */
export function afterSuccess(
  live: LiveDirector,
  during: keyof LiveDirector['troubles'],
  tookMs?: number,
): LiveDirector {
  const { [during]: _, ...troubles } = live.troubles;
  const commandMs =
    tookMs === undefined
      ? live.commandMs
      : Math.max(tookMs, live.commandMs + (tookMs - live.commandMs) / 8);
  return { ...live, commandMs, troubles };
}

/**
 * Merges an observation that took some time with what a probe has found meanwhile: the observation
 * began with the probe under way, and would leave it so for good.
 */
export function withProbed(seen: Observation, now: Observation): Observation {
  const probed = [...seen.directors].flatMap(([name, { probe }]) => {
    const found = now.directors.get(name);
    return probe === 'under-way' && found ? [[name, found] as const] : [];
  });
  return { ...seen, directors: new Map([...seen.directors, ...probed]) };
}
