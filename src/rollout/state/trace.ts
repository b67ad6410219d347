import type { DrainEvent } from '../../domain/events/event.ts';

/**
 * What a rollout looked like while it went on, for pictures and figures. The journal decides and is
 * synced; a trace may end early, have holes or be missing altogether, and no rollout waits for it.
 */
export type TraceEntry =
  | { readonly type: 'event'; readonly event: DrainEvent }
  /** New connections that each server got since it was added (`ipvsadm -Ln --stats`). */
  | {
      readonly type: 'totals';
      readonly atMs: number;
      readonly director: string;
      /** By service and server, as events write them. */
      readonly services: Readonly<Record<string, Readonly<Record<string, number>>>>;
    }
  /** Where it ran; once at the start, and again by whoever goes on. */
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
    /** Under /proc/sys/net/ipv4/vs. */
    readonly sysctls: Readonly<Record<string, number>>;
  }[];
}

/** Where a rollout leaves its trace. Adding never fails and never waits; what cannot be kept is lost. */
export interface Trace {
  add(entry: TraceEntry): void;
  /** What was added is kept, or lost, by then. */
  close(): Promise<void>;
}

/** The part of a trace that somebody has not read yet. */
export interface TracePart {
  readonly entries: readonly TraceEntry[];
  /** Where the next part begins. */
  readonly position: number;
}
