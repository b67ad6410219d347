import type { ApiFailure, WatchEnd } from '../kube-ports.ts';

/** How far a list and the watch after it are. The objects themselves are in a `Mirror`. */
export interface ReflectorState {
  readonly phase: ReflectorPhase;
  /** A whole list has succeeded: the mirror has shown the cluster, if perhaps not of late. */
  readonly isSynced: boolean;
  /** The version up to which the mirror is the server's. Absent: it has to be listed. */
  readonly version?: string | undefined;
  /** What went wrong since the last thing that went right. */
  readonly trouble?: ReflectorTrouble | undefined;
  /** Failures since a watch last had something to say, which is how long the pauses are. */
  readonly failures: number;
  /** When the server last said something of use. */
  readonly lastHeardMs?: number | undefined;
  /** Watches that were begun again, by why, for `drain_kube_watch_restarts_total`. */
  readonly restarts: Readonly<Partial<Record<RestartCause, number>>>;
}

export type ReflectorPhase =
  /** Pages of one list; the ones before `continueAt` are there. */
  | {
      readonly kind: 'listing';
      readonly continueAt?: string | undefined;
      readonly before: readonly (readonly Trimmed[])[];
    }
  | { readonly kind: 'watching'; readonly sinceMs: number }
  | { readonly kind: 'waiting'; readonly untilMs: number };

export interface ReflectorTrouble {
  readonly failure: ApiFailure;
  readonly sinceMs: number;
}

/** An object as far as it is kept. */
export interface Trimmed {
  /** `namespace/name`; absent for what has no name. */
  readonly key?: string | undefined;
  readonly version?: string | undefined;
  /** What a reader made of it; absent for what is none of its kind. */
  readonly value: unknown;
}

/** `closed`: as agreed with the server. The others are as in `ApiFailureCode`, or a hasty server. */
export type RestartCause = 'closed' | 'hasty' | 'gone' | 'refused' | 'cut' | 'silent' | 'garbled';

export type ReflectorHappened =
  | { readonly kind: 'listed'; readonly page: TrimmedPage }
  | { readonly kind: 'list-failed'; readonly failure: ApiFailure }
  | { readonly kind: 'opened' }
  | { readonly kind: 'changed'; readonly as: 'set' | 'delete'; readonly object: Trimmed }
  | { readonly kind: 'bookmark'; readonly version: string }
  | { readonly kind: 'watch-ended'; readonly end: WatchEnd }
  /** The time to wait for has come. */
  | { readonly kind: 'due' };

export interface TrimmedPage {
  readonly objects: readonly Trimmed[];
  readonly version: string;
  readonly continueAt?: string | undefined;
}

/** What becomes of the mirror. */
export type MirrorEdit =
  | { readonly kind: 'replace'; readonly objects: readonly Trimmed[] }
  | { readonly kind: 'set' | 'delete'; readonly object: Trimmed };

export interface ReflectorStep {
  readonly state: ReflectorState;
  readonly edit?: MirrorEdit | undefined;
  /** The watch that runs is no use any more: it is to be ended, and its end is nobody's concern. */
  readonly endsWatch?: true;
}

export const unsyncedReflector: ReflectorState = {
  phase: { kind: 'listing', before: [] },
  isSynced: false,
  failures: 0,
  restarts: {},
};

/** Whether the mirror is what the server has, as far as anybody can know: listed, and not in trouble. */
export const isCurrent = ({ isSynced, trouble }: ReflectorState): boolean =>
  isSynced && trouble === undefined;
