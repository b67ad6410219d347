import type { ServiceKey } from '../../domain/address.ts';
import type { Failure } from '../../domain/failure.ts';
import type { ServiceSample, Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { GateState } from '../gates/gate-state.ts';
import type { ConnectionTotals, ControlRequest, StopRequest } from '../ports.ts';
import type { DrainWatch } from './drain-verdict.ts';

/** What the loop knows of the world besides the journal; gone with the process, and rebuilt by looking. */
export interface Observation {
  readonly directors: ReadonlyMap<string, LiveDirector>;
  /** By `drainKey`. */
  readonly watches: ReadonlyMap<string, DrainWatch>;
  /** When the counters are to be sampled next. */
  readonly nextPollMs: number;
  /** The connection table is not read before then: reading it costs time that grows with it. */
  readonly nextConnectionsMs: number;
  /** What was known when the servers had just been quiesced, to compare with later. */
  readonly counted?: QuiescedCount;
  /** When it was said why servers do not empty. */
  readonly explainedMs?: number;
  /** By name; none where the plan has none. */
  readonly gates: ReadonlyMap<string, GateState>;
  readonly stop?: StopRequest;
  /** What another terminal asks, once. */
  readonly control?: ControlRequest;
}

export interface QuiescedCount {
  readonly atMs: number;
  /** By director; one that did not answer is not in it. */
  readonly totals: ReadonlyMap<string, ConnectionTotals>;
  /** With conn_reuse_mode=0, by director and `drainKey`: connections that were over, but still listed. */
  readonly ended: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;
}

export interface LiveDirector {
  /** The last listing with attributes; dropped when an edit may have changed them. */
  readonly table?: { readonly atMs: number; readonly snapshot: Snapshot };
  /** The last weights and counters. */
  readonly sample?: {
    readonly atMs: number;
    readonly services: ReadonlyMap<ServiceKey, ServiceSample>;
  };
  /** Whether it can tell without a process, at an edit, that its table still is as listed. */
  readonly tellsChanges: boolean;
  /** How long its commands take: at once what a slow one took, and less again as others are quicker. */
  readonly commandMs: number;
  /** It is being asked whether it can be reached again, or will be at that time; for a lost one. */
  readonly probe?: 'under-way' | { readonly atMs: number };
  /** Failures that nothing has made good yet; a listing that works says nothing about edits. */
  readonly troubles: { readonly listing?: Trouble; readonly edit?: Trouble };
}

/** What a director's last command of one kind failed with. */
export interface Trouble {
  /** Failures in a row. */
  readonly count: number;
  readonly retryAtMs: number;
  readonly failure: Failure;
}

const fresh: LiveDirector = { tellsChanges: false, commandMs: 20, troubles: {} };

export const initialObservation = (directors: Iterable<string>, nowMs: number): Observation => ({
  directors: new Map([...directors].map((name) => [name, fresh])),
  watches: new Map(),
  gates: new Map(),
  nextPollMs: nowMs,
  nextConnectionsMs: nowMs,
});

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

/** How often a lost director is asked whether it is there again. */
export const probeEveryMs = 5_000;

/** Of a director that was lost nothing is known any more. */
export const afterLoss = ({ commandMs }: LiveDirector, nowMs: number): LiveDirector => ({
  tellsChanges: false,
  commandMs,
  troubles: {},
  probe: { atMs: nowMs + probeEveryMs },
});

/** How soon a director that failed is tried again. */
const retryMs = 1_000;

/** After a failure; an edit that failed may have changed the table, so that has to be listed again. */
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

/** After a success; `tookMs` where a command ran for it. */
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
 * A look at directors that took some time, and what a probe beside it has found meanwhile: the look began
 * with a probe that was under way, and would leave it so for good.
 */
export function withProbed(seen: Observation, now: Observation): Observation {
  const probed = [...seen.directors].flatMap(([name, { probe }]) => {
    const found = now.directors.get(name);
    return probe === 'under-way' && found ? [[name, found] as const] : [];
  });
  return { ...seen, directors: new Map([...seen.directors, ...probed]) };
}
