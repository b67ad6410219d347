import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { AroundRecord } from '../domain/around/around.ts';
import type { DrainEvent } from '../domain/events/event.ts';
import { type Failure, fail, type Result } from '../domain/failure.ts';
import type { GateKind } from '../domain/health/gate.ts';
import type { HostCounters } from '../domain/ipvs/host-counters.ts';
import type { HostFacts } from '../domain/ipvs/host-facts.ts';
import type {
  Change,
  ConnectionTable,
  ServiceSample,
  Snapshot,
  SyncDaemon,
} from '../domain/ipvs/ipvs.ts';
import type { TableMeasurement, TrafficTotals } from '../domain/ipvs/measurement.ts';
import type { JournalEntry } from './state/journal.ts';
import type { Trace, TracePart } from './state/trace.ts';

/** How a run of the `ipvsadm` command ended. A runner never throws. */
export type CommandResult =
  | {
      readonly kind: 'exited';
      readonly exitCode: number;
      readonly stdout: string;
      readonly stderr: string;
    }
  | { readonly kind: 'killed'; readonly signal: string; readonly stderr: string }
  | { readonly kind: 'timed-out'; readonly afterMs: number }
  | { readonly kind: 'too-much-output'; readonly limitBytes: number }
  | {
      readonly kind: 'not-started';
      readonly reason: 'not-found' | 'not-permitted' | 'other';
      readonly message: string;
    }
  /** Nothing answers there; or no longer, and then nobody knows how far the command got. */
  | { readonly kind: 'unreachable'; readonly failure: Failure; readonly mayHaveRun: boolean };

/** Runs `ipvsadm` with arguments (never through a shell) and text on its standard input. */
export interface CommandRunner {
  /** How errors name it: `ipvsadm`, `sudo ipvsadm`, `the simulated ipvsadm`. */
  readonly label: string;
  run(args: readonly string[], stdin: string): Promise<CommandResult>;
}

/** A machine with an IPVS table. One call is one `ipvsadm` process. */
export interface Director {
  /** `local`, `sim`, ...: the `director` field of events. */
  readonly name: string;
  /** The whole table with rates, or only these services (then without rates). */
  snapshot(services?: readonly ServiceKey[]): Promise<Result<Snapshot>>;
  /** Makes the changes in this order and reads the services they touch back, in one process. */
  apply(changes: readonly Change[]): Promise<Result<Snapshot>>;
  /** The weights and counters of these services, as cheaply as it goes. */
  sample(services: readonly ServiceKey[]): Promise<Result<readonly ServiceSample[]>>;
  /** The connection table (costs time that grows with it). */
  connections(): Promise<Result<ConnectionTable>>;
  /** A snapshot of these services, and the connection table after it. */
  look(services: readonly ServiceKey[]): Promise<Result<Looked>>;
  /** What each server of these services has got and sent since it was added; up to 2 s behind. */
  totals(services: readonly ServiceKey[]): Promise<Result<ConnectionTotals>>;
  /** The totals that came along with a listing of late, so that they cost no process; perhaps none. */
  recentTotals(): RecentTotals | undefined;
  /**
   * Whether the servers and weights still are those of a listing, asked of the kernel without a process;
   * `undefined` where only a process can tell.
   */
  stillShows(samples: readonly ServiceSample[]): boolean | undefined;
  /** The whole table with all that is counted in it, for those who only watch; totals lag up to 2 s. */
  measure(): Promise<Result<TableMeasurement>>;
  /** Who copies connections from here, or to here. */
  syncDaemons(): Promise<Result<readonly SyncDaemon[]>>;
  /** What the machine counts beside its table; what cannot be read there is left out. */
  hostCounters(): Promise<HostCounters>;
  /** What the machine says beside its table; what cannot be found out is left out. A version costs a process. */
  facts(wanted?: FactsWanted): Promise<HostFacts>;
}

export interface RecentTotals {
  readonly atMs: number;
  readonly totals: ConnectionTotals;
}

export interface Looked {
  readonly snapshot: Snapshot;
  readonly connections: ConnectionTable;
}

export interface FactsWanted {
  readonly version?: boolean;
}

export type ConnectionTotals = ReadonlyMap<ServiceKey, ReadonlyMap<ServerKey, TrafficTotals>>;

/** The journal of one rollout. Entries are kept for good, all or the first few, before `append` resolves. */
export interface Journal {
  append(...entries: readonly JournalEntry[]): Promise<Result<void>>;
  /** Nothing is appended after it. */
  close(): Promise<void>;
}

/** Keeps journals, the locks of those who write them, and what other terminals ask of them. */
export interface Store {
  create(rollout: string): Promise<Result<Journal>>;
  /** Reads a journal, and makes it ready to be gone on with. */
  open(
    rollout: string,
  ): Promise<Result<{ readonly journal: Journal; readonly entries: JournalEntries }>>;
  read(rollout: string): Promise<Result<JournalEntries>>;
  /** Ids, the latest first. */
  list(): Promise<Result<readonly string[]>>;
  /** All of these or none; a `conflict` says who holds one since when. A holder that died does not block. */
  lock(
    resources: readonly string[],
    rollout: string,
    options?: { readonly momentary?: boolean },
  ): Promise<Result<Lock>>;
  /** Who holds it now, if anybody alive does. */
  holder(resource: string): Promise<LockHolder | undefined>;
  ask(rollout: string, request: ControlRequest): Promise<Result<void>>;
  inbox(rollout: string): ControlInbox;
  /** Goes on with the one that is there. */
  trace(rollout: string): Trace;
  /** Whole entries from `position` on (the beginning without it); none where there is no trace. */
  readTrace(rollout: string, position?: number): Promise<Result<TracePart>>;
  readonly marks: Marks;
  readonly arounds: Arounds;
}

/** How far each `drain around` is. */
export interface Arounds {
  /** Ids, the latest first. */
  list(): Promise<Result<readonly string[]>>;
  /** `undefined` where there is none of that id. */
  read(around: string): Promise<Result<AroundRecord | undefined>>;
  /** Replaces the record of the same id. Kept for good before it resolves. */
  put(record: AroundRecord): Promise<Result<void>>;
}

/**
 * Servers that are out of service, and the weight that each had. The reasons are separate: what is out
 * by an operator stays out when its health comes back.
 */
export interface Marks {
  list(): Promise<Result<readonly MaintenanceMark[]>>;
  /** Replaces the mark of the same subject. Kept for good before it resolves. */
  put(mark: MaintenanceMark): Promise<Result<void>>;
  /** No error when there is none. */
  remove(subject: MarkSubject): Promise<Result<void>>;
}

/** One reason of one server in one service of one table. */
export interface MarkSubject {
  /** As `resourcesOf` names it: how its ipvsadm is called, or where the director is. */
  readonly table: string;
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly reason: 'operator' | 'health';
}

export interface MaintenanceMark extends MarkSubject {
  /** The weight to come back to; 0 when it had none already. */
  readonly weight: number;
  readonly sinceMs: number;
  /** The rollout that takes it out or brings it back, where one does. */
  readonly rollout?: string;
}

export type JournalEntries = readonly [
  Extract<JournalEntry, { readonly type: 'opened' }>,
  ...JournalEntry[],
];

export interface Lock {
  release(): Promise<void>;
  /**
   * For how long from now nobody else can have it, come what may: with 0 the table must not be edited.
   * Absent: for as long as this process lives. An `append` renews it.
   */
  lockedForMs?(): number;
}

export interface LockHolder {
  readonly rollout: string;
  readonly pid: number;
  /** Where that process is; absent when it can only be this machine. */
  readonly host?: string;
  readonly sinceMs: number;
  /** Held for one edit only: who else wants the lock waits for it instead of being refused. */
  readonly momentary?: boolean | undefined;
}

/** What another terminal can ask of a running rollout. */
export type ControlRequest =
  | { readonly kind: 'pause' | 'continue' }
  | { readonly kind: 'rollback'; readonly pace?: RollbackPace };

/** How slowly a rollout goes back: as a ramp of this length, with a step every so often. */
export interface RollbackPace {
  readonly overMs: number;
  readonly everyMs: number;
}

export interface ControlInbox {
  /** Takes the last request, where there is one that nobody has taken. */
  take(): Promise<ControlRequest | undefined>;
}

/** Something outside the table that must hold for a rollout to go on: one answer a call, never thrown. */
export interface Gate {
  /** How events name it: `check http://10.0.0.2:80/healthz`, `gate-command ./smoke.sh`. */
  readonly name: string;
  readonly kind: GateKind;
  /** The real server that a check asks. */
  readonly server?: ServerKey;
  /** Gives up, with an answer, as soon as `signal` aborts. */
  ask(about: GateContext, signal: AbortSignal): Promise<GateAnswer>;
}

/** Where the rollout stands when a gate is asked. */
export interface GateContext {
  readonly rollout: string;
  /** The step that comes next; during a drain the last one. */
  readonly step: number;
  readonly of: number;
  /** 0...1: what has been moved so far. */
  readonly movedFraction: number;
  readonly from: readonly string[];
  readonly to: readonly string[];
}

export interface GateAnswer {
  readonly passed: boolean;
  /** What it saw, or the last lines of what it said; from outside, so not fit for a terminal as it is. */
  readonly detail: string;
}

/** Time, handed in. Never jumps, however the machine's wall clock is set. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  nowMs(): number;
  /** Resolves at that time, or as soon as `signal` aborts; never rejects. */
  sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void>;
}

/** Where events go. Reporters listen; the engine never waits for one. */
export type Emit = (event: DrainEvent) => void;

/** SIGINT or SIGTERM arrived; `again` when another came while the rollout was going back. */
export interface StopRequest {
  readonly signal: 'sigint' | 'sigterm';
  readonly again: boolean;
}

/** How SIGINT and SIGTERM reach the loop. */
export interface StopSwitch {
  requested(): StopRequest | undefined;
  /** Aborts at the next request, and so ends a wait. */
  signal(): AbortSignal;
}

/**
 * A director that is edited only while nobody else can have the lock. An intent is written under the
 * lock, but the process may be stopped between that and the edit, for longer than the lock lasts.
 */
export function heldDirector(director: Director, lock: Pick<Lock, 'lockedForMs'>): Director {
  if (!lock.lockedForMs) return director;
  return {
    ...director,
    apply: async (changes) =>
      (lock.lockedForMs?.() ?? 0) > 0
        ? director.apply(changes)
        : fail({
            kind: 'director',
            what: `no edit of ${director.name} was made, for the lock on it may be over`,
            next: 'it is made when the lock is known to be held',
          }),
  };
}

/** A sample brings them along every four seconds at least, and a poll is usually made every second. */
const longestAgeMs = 6_000;

/** What a listing has brought along not long ago, and after `sinceMs`: for those to whom the exact moment does not matter. */
export function totalsOfLate(
  director: Pick<Director, 'recentTotals'>,
  nowMs: number,
  sinceMs = 0,
): RecentTotals | undefined {
  const recent = director.recentTotals();
  return recent && recent.atMs > sinceMs && nowMs - recent.atMs <= longestAgeMs
    ? recent
    : undefined;
}
