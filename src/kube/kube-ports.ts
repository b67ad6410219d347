import type { ClusterResource, Ingress } from './cluster/cluster.ts';

/** The resources of the cluster that are listed and watched. */
export type WatchedResource = ClusterResource;

export const watchedResources: readonly WatchedResource[] = ['nodes', 'services', 'endpointslices'];

/** The API server of a cluster. No call throws, and each ends within a time limit of its own. */
export interface ClusterApi {
  /** `https://10.0.0.1:6443`, for messages. */
  readonly server: string;
  /** One page of a list. With `continueAt` of the page before, the next one of the same list. */
  list(resource: WatchedResource, ask: ListAsk): Promise<ApiResult<ListPage>>;
  /**
   * Hands each change since a version to `on` until the server, the network or `signal` ends the watch.
   * Whatever the other end does, silence as well, it ends.
   */
  watch(resource: WatchedResource, ask: WatchAsk): Promise<WatchEnd>;
  /** Tells whether the server calls itself ready (`/readyz`). */
  ready(signal?: AbortSignal): Promise<ApiResult<void>>;
  /** Tells whether the user of this connection may do that (a SelfSubjectAccessReview). */
  allows(right: AccessRight): Promise<ApiResult<boolean>>;
  /** Status and finalizers of a Service in one merge patch to `/status`; the answer is the Service. */
  patchService(name: ObjectName, patch: ServicePatch): Promise<ApiResult<unknown>>;
  /** One condition in the status of a node, by a strategic merge: other conditions are kept. */
  patchNodeCondition(node: string, condition: NodeCondition): Promise<ApiResult<void>>;
  /** An Event of events.k8s.io, which `kubectl describe` shows below its object. */
  createEvent(event: ClusterEvent): Promise<ApiResult<void>>;
  /** Says of an Event that is there that it has happened again; `not-found` when it has expired. */
  repeatEvent(name: ObjectName, series: EventSeries): Promise<ApiResult<void>>;
  readLease(name: ObjectName): Promise<ApiResult<Lease>>;
  /** `already-exists` when somebody was faster. */
  createLease(name: ObjectName, spec: LeaseSpec): Promise<ApiResult<Lease>>;
  /** `conflict` when the Lease is no longer the one of that version. */
  replaceLease(name: ObjectName, spec: LeaseSpec, version: string): Promise<ApiResult<Lease>>;
}

/** One verb of one resource, as RBAC has them: `patch` of `services/status`. */
export interface AccessRight {
  readonly verb: string;
  /** Empty for the core. */
  readonly group: string;
  readonly resource: string;
  /** Absent: in the whole cluster. */
  readonly namespace?: string | undefined;
}

export type ApiResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ApiFailure };

export interface ApiFailure {
  readonly code: ApiFailureCode;
  /** What was asked, in the words of RBAC: `list`, `watch`, `patch`, ... */
  readonly verb: string;
  /** `nodes`, `services/status`, `leases`, ... */
  readonly resource: string;
  /** The server's own words or those of the network, from outside: not fit for a terminal as it is. */
  readonly message: string;
  /** The HTTP status, where one came. */
  readonly status?: number | undefined;
  /** The time that the server asks to wait (`Retry-After`). */
  readonly retryAfterMs?: number | undefined;
}

/**
 * `gone`: the version asked for is no longer kept (410). `busy`: 429, or any 5xx. `unreachable`: no
 * connection, or a broken one. `timed-out`: no whole answer in time. `garbled`: an answer that is none.
 * `invalid`: 400, 422 or another 4xx.
 */
export type ApiFailureCode =
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'already-exists'
  | 'conflict'
  | 'gone'
  | 'invalid'
  | 'busy'
  | 'unreachable'
  | 'timed-out'
  | 'garbled'
  | 'aborted';

export interface ListAsk {
  /** The most objects in one page. */
  readonly limit: number;
  readonly continueAt?: string | undefined;
  /** One namespace; all of them without it. */
  readonly namespace?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ListPage {
  /** As JSON has them, from outside: readers take out what they know. */
  readonly items: readonly unknown[];
  /** The version of the whole list, from which a watch goes on. */
  readonly version: string;
  /** Present when there is more. */
  readonly continueAt?: string | undefined;
}

export interface WatchAsk {
  /** Changes after this version. */
  readonly version: string;
  readonly namespace?: string | undefined;
  /** The time after which the server is to end the watch. */
  readonly timeoutMs: number;
  /** The longest silence: bookmarks come about once a minute. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
  on(change: WatchChange): void;
}

export type WatchChange =
  /** The server has taken the watch; what it has to say comes after it. */
  | { readonly kind: 'opened' }
  | { readonly kind: 'set' | 'deleted'; readonly object: unknown }
  /** Nothing has changed up to this version. */
  | { readonly kind: 'bookmark'; readonly version: string };

/**
 * `closed`: the server ended it as agreed, after a whole line. `failed` otherwise, with `gone` when the
 * version is too old; `cut` and silence are `unreachable` and `timed-out`.
 */
export type WatchEnd =
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly failure: ApiFailure };

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface ServicePatch {
  /** The version that the patch was computed from; a newer one makes a `conflict` of it. */
  readonly version: string;
  /** The whole new list; absent: as it is. */
  readonly finalizers?: readonly string[] | undefined;
  /** The whole new list, none as well; absent: as it is. */
  readonly ingress?: readonly Ingress[] | undefined;
}

export interface NodeCondition {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  readonly sinceMs: number;
  readonly atMs: number;
}

export interface ClusterEvent {
  /** The name of the Event; its namespace is that of `regarding`, `default` for a node. */
  readonly name: ObjectName;
  readonly type: 'Normal' | 'Warning';
  /** `ServerJoined`, `NotDraining`, ... */
  readonly reason: string;
  /** What was done or tried, in one word: `Drain`. */
  readonly action: string;
  readonly note: string;
  readonly regarding: Regarding;
  readonly reporter: { readonly controller: string; readonly instance: string };
  readonly atMs: number;
}

/** The object that an Event is about: what is about the whole cluster is about drain's Lease. */
export interface Regarding {
  readonly kind: 'Service' | 'Node' | 'Lease';
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly uid: string;
}

export interface EventSeries {
  /** How often by now, the first time included. */
  readonly count: number;
  readonly lastMs: number;
}

export interface LeaseSpec {
  /** The instance that leads; empty when one gave it up. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly acquiredMs: number;
  readonly renewedMs: number;
  /** How often it went from one holder to another. */
  readonly transitions: number;
}

export interface Lease extends LeaseSpec {
  readonly version: string;
}
