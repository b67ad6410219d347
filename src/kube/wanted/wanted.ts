import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { CheckSpec } from '../../domain/health/gate.ts';
import type { ForwardingMethod, Persistence } from '../../domain/ipvs/ipvs.ts';
import type { ClusterResource, Ingress } from '../cluster/cluster.ts';
import type { Problem } from './problem.ts';

/** What the cluster asks of the directors at one moment, whatever stands in their tables. */
export interface Wanted {
  readonly services: readonly WantedService[];
  /** The Kubernetes Services that are served or let go; bindings have none. */
  readonly owners: readonly WantedOwner[];
  readonly problems: readonly Problem[];
  /** The size of each list, `undefined` before its first success. */
  readonly lists: Readonly<Record<ClusterResource, number | undefined>>;
}

/** One virtual service that a Service (or a binding) asks for: one family, port and protocol of it. */
export interface WantedService {
  readonly service: ServiceKey;
  readonly of: PortOfService;
  /** Of the Service: numbers of node ports are used again by another Service. */
  readonly uid: string;
  readonly forwarding: ForwardingMethod;
  readonly persistence?: Persistence | undefined;
  /** `ending`: the Service is being deleted or has left the class. */
  readonly phase: 'serving' | 'ending';
  /** How a server is asked whether it is healthy; absent: not at all. */
  readonly check?: CheckSpec | undefined;
  /** The Service's own `leave.over`, where it has one. */
  readonly leaveOverMs?: number | undefined;
  /**
   * Addresses that other pods use again: at 0 the last server too goes, for its clients would meet a
   * stranger.
   */
  readonly reusesAddresses: boolean;
  /** In the order of their names; one address and port once. */
  readonly servers: readonly WantedServer[];
}

export interface PortOfService {
  readonly namespace: string;
  readonly name: string;
  /** The port's name, or its number where it has none. */
  readonly port: string;
}

/**
 * A Kubernetes Service of type LoadBalancer that drain serves or lets go. One that is gone, or that has
 * left the class without drain's finalizer, is not here: its claims say what is left of it.
 */
export interface WantedOwner {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Of the Service as it was read: a patch that was computed from it is refused where it is newer. */
  readonly version: string;
  readonly phase: 'serving' | 'ending';
  /** All of them as they stand: a patch has the whole list. */
  readonly finalizers: readonly string[];
  readonly hasFinalizer: boolean;
  /** Never true for one with a deletionTimestamp: a new finalizer is refused then. */
  readonly mayGetFinalizer: boolean;
  /** `status.loadBalancer.ingress` as it should be; empty once the Service has been let go. */
  readonly ingress: readonly WantedIngress[];
  /** As it stands: nothing is written where both are the same. */
  readonly ingressNow: readonly Ingress[];
}

/** `VIP`: packets keep the address to the node; `Proxy`: they come with the node's own. */
export interface WantedIngress {
  readonly ip: string;
  readonly ipMode: 'VIP' | 'Proxy';
}

export interface WantedServer {
  readonly key: ServerKey;
  readonly address: string;
  readonly port: number;
  /** Absent for a pod of which the slice does not name it. */
  readonly node?: string | undefined;
  /** Of the node, or of the pod: addresses are used again by other machines. */
  readonly uid: string;
  /** The relative weight, a whole number; 0 beside `leaves` only. */
  readonly capacity: number;
  /** Ready endpoints on the node, of a Service with local traffic. */
  readonly endpoints?: number | undefined;
  readonly presence: Presence;
}

/**
 * `waits` is about a server that is not in: for one that is in, neither a missing Ready nor a route that
 * is not there changes anything, because that is the control plane's view and not the clients'.
 */
export type Presence =
  | { readonly kind: 'serves' }
  | {
      readonly kind: 'waits';
      readonly why: WaitCause;
      /** When it ends by itself if nothing else happens, in milliseconds since 1970. */
      readonly untilMs?: number | undefined;
    }
  | {
      readonly kind: 'leaves';
      readonly cause: LeaveCause;
      /** The words behind the cause: a taint's key; other people's. */
      readonly detail?: string | undefined;
      readonly pace: 'ramp' | 'at-once';
      readonly basis: 'asked' | 'observed';
    };

export type WaitCause = 'not-ready' | 'ready-too-short' | 'network-unavailable' | 'uninitialized';

/** `node-deleted` and `service-deleted` are also of a claimed server that is in no wanted service. */
export type LeaveCause =
  | 'exclude-label'
  | 'not-selected'
  | 'cordon'
  | 'taint'
  | 'node-deleting'
  | 'node-shutdown'
  | 'node-deleted'
  | 'node-replaced'
  | 'no-endpoint'
  | 'pod-terminating'
  | 'service-deleted'
  | 'service-left-class'
  | 'service-refused';
