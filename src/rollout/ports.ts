import type { Actor } from '../domain/actor/actor.ts';
import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { DrainEvent } from '../domain/events/event.ts';
import type { Failure, Result } from '../domain/failure.ts';
import type { GateKind, NoData } from '../domain/health/gate.ts';
import type { HostCounters } from '../domain/ipvs/host-counters.ts';
import type { FactsWanted, HostFacts } from '../domain/ipvs/host-facts.ts';
import type {
  Change,
  ConnectionTable,
  RealServer,
  ServiceSample,
  Snapshot,
  SyncDaemon,
} from '../domain/ipvs/ipvs.ts';
import type { TableMeasurement, TrafficTotals } from '../domain/ipvs/measurement.ts';
import type { DirectorAccess } from '../domain/places/director-access.ts';
import type { ServiceClaims } from './cluster-claims.ts';
import type { RecordStores } from './records.ts';
import type { ControlInbox, ControlRequest, InboxTerms, RequestTicket } from './requests.ts';
import type { JournalEntry } from './state/journal.ts';
import type { Trace, TracePart } from './state/trace.ts';
import type { TableClaims } from './table-claims.ts';
import type { UnfinishedIndex } from './unfinished-index.ts';

/** The end of a run of the `ipvsadm` command. A runner never throws. */
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
  /** The machine does not answer, or no longer: then nobody knows how far the command got. */
  | { readonly kind: 'unreachable'; readonly failure: Failure; readonly mayHaveRun: boolean };

/** Runs `ipvsadm` with arguments (never through a shell) and text on its standard input. */
export interface CommandRunner {
  /** The runner's name in errors: `ipvsadm`, `sudo ipvsadm`, `the simulated ipvsadm`. */
  readonly label: string;
  run(args: readonly string[], stdin: string): Promise<CommandResult>;
}

/** A machine with an IPVS table. One call is one `ipvsadm` process. */
export interface Director {
  /** `local`, `sim`, ...: the `director` field of events. */
  readonly name: string;
  /** Servers that their manager has taken out get a weight as well: the one that they come back with. */
  readonly setsDown?: true;
  /** The whole table with rates, or only these services (then without rates). */
  snapshot(services?: readonly ServiceKey[]): Promise<Result<Snapshot>>;
  /**
   * Makes the changes in this order and reads the services they touch back, in one process. What
   * somebody has set since `from`, the table that the changes were computed from, is not written over:
   * a weight makes a failure `overtaken` of them, with that service as it was; a threshold or forwarding
   * method is kept.
   */
  apply(changes: readonly Change[], from?: Pick<Snapshot, 'services'>): Promise<Result<Snapshot>>;
  /** The weights and counters of these services, as cheaply as it goes. */
  sample(services: readonly ServiceKey[]): Promise<Result<readonly ServiceSample[]>>;
  /** The connection table (costs time that grows with it). */
  connections(): Promise<Result<ConnectionTable>>;
  /** A snapshot of these services, and the connection table after it. */
  look(services: readonly ServiceKey[]): Promise<Result<Looked>>;
  /** The traffic of each server of these services since it was added; up to 2 s behind. */
  totals(services: readonly ServiceKey[]): Promise<Result<ConnectionTotals>>;
  /** The totals that came along with a listing of late, so that they cost no process; perhaps none. */
  recentTotals(): RecentTotals | undefined;
  /**
   * Tells whether the servers and weights still are those of a listing, asked of the kernel without
   * a process; `undefined` where only a process can tell.
   */
  stillShows(samples: readonly ServiceSample[]): boolean | undefined;
  /** The whole table with all that is counted in it, for those who only watch; totals lag up to 2 s. */
  measure(): Promise<Result<TableMeasurement>>;
  /** The sync daemons, which copy connections from here or to here. */
  syncDaemons(): Promise<Result<readonly SyncDaemon[]>>;
  /** Counters of the machine beside its table; what cannot be read there is left out. */
  hostCounters(): Promise<HostCounters>;
  /** Facts about the machine beside its table, without unknown ones. A version costs a process. */
  facts(wanted?: FactsWanted): Promise<HostFacts>;
  /** Sets `expire_nodest_conn` or another setting under net.ipv4.vs; absent where nothing can. */
  setSysctl?(name: string, value: number): Promise<Result<void>>;
}

export interface RecentTotals {
  readonly atMs: number;
  readonly totals: ConnectionTotals;
}

export interface Looked {
  readonly snapshot: Snapshot;
  readonly connections: ConnectionTable;
}

export type ConnectionTotals = ReadonlyMap<ServiceKey, ReadonlyMap<ServerKey, TrafficTotals>>;

/** The journal of one rollout. Entries are kept for good, all or the first few, before `append` resolves. */
export interface Journal {
  append(...entries: readonly JournalEntry[]): Promise<Result<void>>;
  /** Closes the journal; nothing is appended after that. */
  close(): Promise<void>;
}

/** Keeps journals, the locks of those who write them, and what other terminals ask of them. */
export interface Store extends RecordStores {
  create(rollout: string): Promise<Result<Journal>>;
  /** Reads a journal, and opens it for more entries. */
  open(
    rollout: string,
  ): Promise<Result<{ readonly journal: Journal; readonly entries: JournalEntries }>>;
  read(rollout: string): Promise<Result<JournalEntries>>;
  /** Ids, the latest first: all, or so many of the latest, which may cost less. */
  list(most?: number): Promise<Result<readonly string[]>>;
  /** Removes a journal with its trace, for good. Whoever calls has the locks of the rollout. */
  remove(rollout: string): Promise<Result<void>>;
  /** Locks all or none; a `conflict` says who has one since when. A dead process does not block. */
  lock(resources: readonly string[], rollout: string, terms?: LockTerms): Promise<Result<Lock>>;
  /** The process that has the lock now, if one that is alive does. */
  holder(resource: string): Promise<LockHolder | undefined>;
  /** Hands a request in for one run (`runOf`) of a rollout; without `run` for whichever takes it. */
  ask(rollout: string, request: ControlRequest, run?: string): Promise<Result<RequestTicket>>;
  /** Tells whether a request waits still: neither in force nor dropped. */
  isAsked(ticket: RequestTicket): Promise<Result<boolean>>;
  withdraw(ticket: RequestTicket): Promise<Result<void>>;
  inbox(rollout: string, terms?: InboxTerms): ControlInbox;
  /** Opens the trace of a rollout, and continues one that is there. */
  trace(rollout: string): Trace;
  /** Whole entries from `position` on (the beginning without it); none where there is no trace. */
  readTrace(rollout: string, position?: number): Promise<Result<TracePart>>;
  readonly marks: Marks;
  readonly unfinished: UnfinishedIndex;
  /** Claims on tables that other stores know too; absent where nothing is shared. */
  readonly claims?: TableClaims | undefined;
}

/**
 * Servers that are out of service, and the weight that each had. The reasons are separate: what is out
 * by an operator stays out when its health comes back.
 */
export interface Marks extends ServiceClaims {
  list(): Promise<Result<readonly MaintenanceMark[]>>;
  /** Replaces the mark of the same subject; the new one is kept for good before the call ends. */
  put(mark: MaintenanceMark): Promise<Result<void>>;
  /** Removes a mark; no error when there is none. */
  remove(subject: MarkSubject): Promise<Result<void>>;
}

/** A reason why one server is out of service in one service of one table. */
export interface MarkSubject {
  /** The table as `resourcesOf` names it: how its ipvsadm is called, or where the director is. */
  readonly table: string;
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly reason: 'operator' | 'health';
}

export interface MaintenanceMark extends MarkSubject {
  /** The weight to come back to; 0 when the server had none already. */
  readonly weight: number;
  readonly sinceMs: number;
  /** The rollout that takes the server out or brings it back, where one does. */
  readonly rollout?: string;
  /** The name by which an operator called the server; absent: by its address. */
  readonly name?: string | undefined;
  /** Whoever took the server out, where it is out by an operator. */
  readonly actor?: Actor | undefined;
  /** The percentage of its weight with which a server serves, for its agent asks for no more; absent: it is out. */
  readonly percent?: number;
  /** A server that a guard takes out of the table for a moment, to add it again just so. */
  readonly row?: {
    readonly server: RealServer;
    /** The setting net.ipv4.vs.expire_nodest_conn from before. */
    readonly expireNodestConn: number;
  };
}

export type JournalEntries = readonly [
  Extract<JournalEntry, { readonly type: 'opened' }>,
  ...JournalEntry[],
];

export interface LockTerms {
  /** Whoever wants it, for others who are refused. */
  readonly actor?: Actor | undefined;
  readonly momentary?: boolean | undefined;
  /** The ways to the tables, for a store that locks them on their own machines. */
  readonly access?: readonly DirectorAccess[] | undefined;
}

export interface Lock {
  release(): Promise<void>;
  /**
   * The time from now in which nobody else can have the lock, come what may: with 0 the table must
   * not be edited. Absent: for as long as this process lives. An `append` renews the lock. With a
   * `table` the locks that other machines keep of theirs do not count.
   */
  lockedForMs?(table?: string): number;
  /** The reason why the lock is another's by now, as far as that is known; for good. */
  lost?(): Promise<Failure | undefined>;
}

export interface LockHolder {
  readonly rollout: string;
  readonly pid: number;
  /** The host of that process; absent when it is this machine. */
  readonly host?: string | undefined;
  /** The user of that process; absent when it is the same as here, or not known. */
  readonly user?: string | undefined;
  /** The state folder of that process, where it is another one. */
  readonly state?: string | undefined;
  /** The process is known by its last sign of life only, and may have died some seconds ago. */
  readonly isHeardOf?: boolean | undefined;
  /** The process is stopped (SIGSTOP): alive, and doing nothing. */
  readonly isStopped?: boolean | undefined;
  readonly sinceMs: number;
  /** Whoever wanted it; absent where it is not known, as of processes of earlier versions. */
  readonly actor?: Actor | undefined;
  /** The lock is for one edit only: others wait for it instead of being refused. */
  readonly momentary?: boolean | undefined;
}

/** A condition outside the table for a rollout to continue: one answer a call, never thrown. */
export interface Gate {
  /** The gate's name in events: `check http://10.0.0.2:80/healthz`, `gate-command ./smoke.sh`. */
  readonly name: string;
  readonly kind: GateKind;
  /** The real server that a check asks. */
  readonly server?: ServerKey;
  /** Gives up, with an answer, as soon as `signal` aborts. */
  ask(about: GateContext, signal: AbortSignal): Promise<GateAnswer>;
}

/** The place of the rollout when a gate is asked. */
export interface GateContext {
  readonly rollout: string;
  /** The step that comes next; during a drain the last one. */
  readonly step: number;
  readonly of: number;
  /** The fraction moved so far, 0...1. */
  readonly movedFraction: number;
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** The connections that either side has got in this rollout; absent: not known yet. */
  readonly connections?: SideConnections | undefined;
}

export interface SideConnections {
  readonly new: number;
  readonly old: number;
}

export interface GateAnswer {
  readonly passed: boolean;
  /** The answer says nothing, neither good nor bad; then `passed` is false. */
  readonly noData?: NoData;
  /**
   * The gate's finding or last lines of output; from outside, so not fit for a terminal as it is.
   */
  readonly detail: string;
  /** The endpoints of a Service on the node that was asked, as its kube-proxy counts them. */
  readonly endpoints?: number | undefined;
}

/** Time, handed in. Never jumps, however the machine's wall clock is set. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  nowMs(): number;
  /** What the clock on the wall shows, however it jumps; absent where there is no other than this one. */
  wallMs?(): number;
  /** Resolves at that time, or as soon as `signal` aborts; never rejects. */
  sleepUntil(timeMs: number, signal?: AbortSignal): Promise<void>;
}

/** Hands an event to the reporters; the engine never waits for one. */
export type Emit = (event: DrainEvent) => void;

/** SIGINT or SIGTERM arrived; `again` when another came during the rollback. */
export interface StopRequest {
  readonly signal: 'sigint' | 'sigterm';
  readonly again: boolean;
}

/** The way that SIGINT and SIGTERM reach the loop. */
export interface StopSwitch {
  requested(): StopRequest | undefined;
  /** Aborts at the next request, and so ends a wait. */
  signal(): AbortSignal;
}
