import type { ServiceKey } from '../domain/address.ts';
import type { DrainEvent } from '../domain/event.ts';
import type { Result } from '../domain/failure.ts';
import type { Change, ConnectionEntry, ServiceSample, Snapshot } from '../domain/ipvs.ts';
import type { JournalEntry } from './journal.ts';

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
    };

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
  connections(): Promise<Result<readonly ConnectionEntry[]>>;
}

/** Keeps the journal of a rollout. An entry is kept for good before `append` resolves. */
export interface Store {
  append(entry: JournalEntry): Promise<Result<void>>;
  entries(): Promise<Result<readonly JournalEntry[]>>;
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
