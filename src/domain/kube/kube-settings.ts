import type { ServiceKey } from '../address.ts';
import type { CheckSpec } from '../health/gate.ts';
import type { ForwardingMethod } from '../ipvs/ipvs.ts';
import type { AddressRange } from './address-range.ts';
import type { LabelSelector } from './label-selector.ts';
import type { TaintPattern } from './taint-pattern.ts';

/** The settings of `drain kube FILE`. Plain data: a reload is a new one of these. */
export interface KubeSettings {
  /** The owner's name in marks, metrics and Events. */
  readonly cluster: string;
  readonly access: ClusterAccess;
  /** The namespaces whose Services are served; absent: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Which Services of type LoadBalancer are served; absent: only `bindings` are. */
  readonly class?: ServedClass | undefined;
  /** Names or addresses of directors; absent: those of the command line or the config file. */
  readonly directors?: readonly string[] | undefined;
  readonly nodes: NodeSettings;
  readonly join: JoinSettings;
  readonly leave: LeaveSettings;
  readonly keep: KeepSettings;
  /** Whether a Service is refused that asks for what IPVS does not enforce (source ranges). */
  readonly isStrict: boolean;
  /** Whether drain may write the condition `DrainedFromLoadBalancers` of nodes. */
  readonly writesNodeCondition: boolean;
  /** For Services and bindings that do not say it themselves. */
  readonly defaults: ServiceTerms;
  readonly bindings: readonly Binding[];
}

export type ClusterAccess =
  | {
      readonly kind: 'kubeconfig';
      readonly file: string;
      readonly context?: string | undefined;
      /** Whether the file may name a command that gets credentials; it would run as drain's user. */
      readonly allowsExec: boolean;
    }
  | { readonly kind: 'in-cluster' };

export interface ServedClass {
  readonly name: string;
  /** Whether Services without a class are served too. */
  readonly servesDefault: boolean;
  /** The ranges in which a Service may ask for an address; empty: it may ask for any. */
  readonly addresses: readonly AddressRange[];
}

export interface NodeSettings {
  readonly selector: LabelSelector;
  readonly address: 'InternalIP' | 'ExternalIP';
  /** The ranges that a server's address must be in; empty: anywhere. */
  readonly within: readonly AddressRange[];
}

export interface JoinSettings {
  /** How long a node is Ready before it gets weight. */
  readonly afterMs: number;
  /** The ramp from 0 to its weight. */
  readonly overMs: number;
}

export interface LeaveSettings {
  /** The ramp from its weight to 0. */
  readonly overMs: number;
  /** How long a server may take to become empty. */
  readonly timeoutMs: number;
  readonly onTimeout: 'hold' | 'remove';
  /** The largest part of a service's weight that leaves at once for observed reasons: 25 is 25%. */
  readonly atOncePercent: number;
  readonly cordon: 'keep' | 'drain';
  /** A node with one of these is about to be gone. */
  readonly taints: readonly TaintPattern[];
}

export interface KeepSettings {
  /** So many servers of a service keep their weight. */
  readonly servers: number;
  readonly whenNothingIsLeft: 'hold';
}

/** Where the real servers of a virtual service are. */
export type ServerPlace = 'nodePort' | 'service' | 'hostPort' | 'pods';

/** `endpoints`: by the ready endpoints on the node; `equal`: all alike; absent: as the policy has it. */
export type WeightBasis = 'endpoints' | 'equal';

/** `auto`: the health port of a Local service, kube-proxy's of a Cluster one. */
export type ServiceCheck = 'auto' | 'none' | CheckSpec;

/** How the servers of one Service are found and asked, where somebody says so. */
export interface ServiceTerms {
  readonly to?: ServerPlace | undefined;
  readonly forwarding?: ForwardingMethod | undefined;
  readonly weight?: WeightBasis | undefined;
  readonly check?: ServiceCheck | undefined;
}

/** A virtual service for a Service that is not of type LoadBalancer: an ingress controller's node port. */
export interface Binding extends ServiceTerms {
  readonly service: ServiceKey;
  readonly of: {
    readonly namespace: string;
    readonly name: string;
    /** Name or number; absent: the only one, or the one with the virtual service's own number. */
    readonly port?: string | undefined;
  };
  /** The port of the pods on their nodes, for `to: hostPort`; absent: the virtual service's. */
  readonly hostPort?: number | undefined;
}
