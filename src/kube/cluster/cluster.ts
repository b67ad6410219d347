/**
 * The cluster as far as `drain kube` looks at it: what the readers beside this file keep of the API's
 * objects. Names, labels and annotations are other people's words: `printable` before they are shown.
 */
export interface ClusterSnapshot {
  /** By name. */
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  /** By `namespace/name`. */
  readonly services: ReadonlyMap<string, ClusterService>;
  /** By the `namespace/name` of their Service; the slices of one in no order to rely on. */
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>;
  /** Whether a list of each resource has succeeded: without all three the snapshot is no cluster. */
  readonly synced: Readonly<Record<ClusterResource, boolean>>;
}

export type ClusterResource = 'nodes' | 'services' | 'endpointslices';

export interface ClusterNode {
  readonly name: string;
  /** Another one under the same name is another machine. */
  readonly uid: string;
  readonly labels: ReadonlyMap<string, string>;
  /** The annotation `drain.example/weight` as it was written. */
  readonly weight?: string | undefined;
  readonly addresses: readonly NodeAddress[];
  readonly taints: readonly Taint[];
  /** Cordoned: `spec.unschedulable`. */
  readonly isCordoned: boolean;
  readonly isBeingDeleted: boolean;
  readonly ready: ReadyCondition;
  /** The condition `NetworkUnavailable` is `True`: routes to the node's pods are not there yet. */
  readonly isNetworkUnavailable: boolean;
  /** The condition `DrainedFromLoadBalancers` as it stands; absent where there is none. */
  readonly drained?: DrainedCondition | undefined;
}

/** What drain's own condition of a node says, without its times. */
export interface DrainedCondition {
  readonly status: string;
  readonly reason: string;
}

/** An entry of `status.addresses`: `InternalIP`, `ExternalIP`, or `Hostname`, which is never used. */
export interface NodeAddress {
  readonly type: string;
  readonly address: string;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** The condition `Ready`, without the time of its last heartbeat; an absent condition is `Unknown`. */
export interface ReadyCondition {
  readonly status: 'True' | 'False' | 'Unknown';
  /** The kubelet says that its machine is shutting down. */
  readonly isShuttingDown: boolean;
  /** `lastTransitionTime` in milliseconds; absent where it is none. */
  readonly sinceMs?: number | undefined;
}

export interface ClusterService {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** `metadata.resourceVersion`, which a patch of the Service names. */
  readonly version: string;
  readonly createdAtMs: number;
  readonly isBeingDeleted: boolean;
  readonly finalizers: readonly string[];
  /** The annotations `drain.example/…` by what stands behind the slash. */
  readonly wishes: ReadonlyMap<string, string>;
  /** `LoadBalancer`, `NodePort`, `ClusterIP`, `ExternalName`. */
  readonly type: string;
  /** `spec.loadBalancerClass`. */
  readonly class?: string | undefined;
  /** `spec.loadBalancerIP`. */
  readonly address?: string | undefined;
  readonly ports: readonly ServicePort[];
  /** `spec.externalTrafficPolicy`. */
  readonly policy: 'Cluster' | 'Local';
  readonly healthCheckNodePort?: number | undefined;
  /** `spec.ipFamilies`; empty where the cluster does not say. */
  readonly families: readonly IpFamily[];
  /** `sessionAffinity: ClientIP` with its `timeoutSeconds`; absent for `None`. */
  readonly affinityS?: number | undefined;
  readonly publishesNotReady: boolean;
  /** `spec.loadBalancerSourceRanges` has entries. */
  readonly hasSourceRanges: boolean;
  /** `status.loadBalancer.ingress` as it stands. */
  readonly ingress: readonly Ingress[];
}

export type IpFamily = 4 | 6;

export interface ServicePort {
  /** Empty where the only port has none. */
  readonly name: string;
  readonly protocol: string;
  readonly port: number;
  /** Absent for `allocateLoadBalancerNodePorts: false`, and before it is given. */
  readonly nodePort?: number | undefined;
}

export interface Ingress {
  readonly ip?: string | undefined;
  readonly hostname?: string | undefined;
  readonly ipMode?: string | undefined;
}

export interface EndpointSlice {
  readonly namespace: string;
  readonly name: string;
  /** The Service's name, of the label `kubernetes.io/service-name`. */
  readonly service: string;
  /** Absent for a slice of host names. */
  readonly family?: IpFamily | undefined;
  readonly ports: readonly SlicePort[];
  readonly endpoints: readonly Endpoint[];
}

export interface SlicePort {
  readonly name: string;
  readonly protocol: string;
  /** Absent: all ports. */
  readonly port?: number | undefined;
}

export interface Endpoint {
  /** The first of `addresses`: the others are for nobody to use (API conventions). */
  readonly address: string;
  /** Absent in slices made by hand. */
  readonly node?: string | undefined;
  /** `targetRef.uid`: a pod's address is used again by another pod. */
  readonly uid?: string | undefined;
  /** As the slice says: nil is `true`. */
  readonly isReady: boolean;
  /** As the slice says: nil is `isReady`. */
  readonly isServing: boolean;
  readonly isTerminating: boolean;
}
