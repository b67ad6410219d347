import type { DrainEvent } from '../../domain/events/event.ts';

/**
 * A record of a rollout while it ran, for pictures and figures. The journal decides and is synced;
 * a trace may end early, have holes or be missing altogether, and no rollout waits for it.
 */
export type TraceEntry =
  | { readonly type: 'event'; readonly event: DrainEvent }
  /** New connections that each server got since it was added (`ipvsadm -Ln --stats`). */
  | {
      readonly type: 'totals';
      readonly atMs: number;
      readonly director: string;
      /** Connections by service and server, as events write them. */
      readonly services: Readonly<Record<string, Readonly<Record<string, number>>>>;
    }
  /** The environment of the rollout; once at the start, and again by whoever resumes. */
  | {
      readonly type: 'environment';
      readonly atMs: number;
      readonly environment: TracedEnvironment;
    };

/** The machine that drain runs on. */
export interface TracedHost {
  /** The version of drain. */
  readonly drain: string;
  readonly node: string;
  /** `linux x64`. */
  readonly platform: string;
  readonly host: string;
}

export interface TracedEnvironment extends TracedHost {
  readonly directors: readonly {
    readonly director: string;
    /** `uname -r`. */
    readonly kernel?: string;
    readonly ipvsadm?: string;
    /** Settings under /proc/sys/net/ipv4/vs. */
    readonly sysctls: Readonly<Record<string, number>>;
  }[];
}

/**
 * The place for a rollout's trace. Adding never fails and never waits; what cannot be kept is lost.
 */
export interface Trace {
  add(entry: TraceEntry): void;
  /** Closes the trace; what was added is kept, or lost, by then. */
  close(): Promise<void>;
}

/** The part of a trace that somebody has not read yet. */
export interface TracePart {
  readonly entries: readonly TraceEntry[];
  /** The position at which the next part begins. */
  readonly position: number;
}
