import type { ClusterSnapshot } from '../../../src/kube/cluster/cluster.ts';
import { clusterSnapshot } from '../../../src/kube/cluster/cluster-snapshot.ts';
import { readNode } from '../../../src/kube/cluster/read-node.ts';
import { readService } from '../../../src/kube/cluster/read-service.ts';
import { readSlice } from '../../../src/kube/cluster/read-slice.ts';

type Json = Record<string, unknown>;

/** The moment of all these tests; nodes are Ready since an hour before. */
export const nowMs = Date.parse('2026-11-30T12:00:00Z');
export const ago = (ms: number): string => new Date(nowMs - ms).toISOString();

export interface NodeSketch {
  readonly uid?: string;
  readonly address?: string;
  readonly addresses?: readonly Json[];
  readonly labels?: Json;
  readonly annotations?: Json;
  readonly taints?: readonly Json[];
  readonly cordoned?: boolean;
  readonly deleted?: boolean;
  readonly ready?: Json;
  readonly conditions?: readonly Json[];
}

/** A Node as the API sends it: `n3` is at 10.0.0.3. */
export function node(name: string, sketch: NodeSketch = {}): Json {
  const address = sketch.address ?? `10.0.0.${name.replace(/\D/g, '')}`;
  return {
    metadata: {
      name,
      uid: sketch.uid ?? `uid-${name}`,
      labels: { 'kubernetes.io/hostname': name, ...sketch.labels },
      annotations: sketch.annotations,
      creationTimestamp: ago(7_200_000),
      ...(sketch.deleted ? { deletionTimestamp: ago(1_000) } : {}),
      managedFields: [{ manager: 'kubelet', operation: 'Update' }],
    },
    spec: { taints: sketch.taints, unschedulable: sketch.cordoned },
    status: {
      addresses: sketch.addresses ?? [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      conditions: [
        { type: 'MemoryPressure', status: 'False', lastHeartbeatTime: ago(5_000) },
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          lastHeartbeatTime: ago(5_000),
          lastTransitionTime: ago(3_600_000),
          ...sketch.ready,
        },
        ...(sketch.conditions ?? []),
      ],
      images: [{ names: ['registry.example/app@sha256:0'], sizeBytes: 1 }],
    },
  };
}

export interface ServiceSketch {
  readonly namespace?: string;
  readonly uid?: string;
  readonly created?: string;
  readonly annotations?: Json;
  readonly finalizers?: readonly string[];
  readonly deleted?: boolean;
  readonly spec?: Json;
  readonly ports?: readonly Json[];
  readonly ingress?: readonly Json[];
}

/** A Service of the class at 203.0.113.10:80, node port 30080, eTP Cluster. */
export function service(name: string, sketch: ServiceSketch = {}): Json {
  return {
    metadata: {
      namespace: sketch.namespace ?? 'shop',
      name,
      uid: sketch.uid ?? `uid-${name}`,
      resourceVersion: '17',
      creationTimestamp: sketch.created ?? ago(7_200_000),
      annotations: { 'drain.example/address': '203.0.113.10', ...sketch.annotations },
      finalizers: sketch.finalizers,
      ...(sketch.deleted ? { deletionTimestamp: ago(1_000) } : {}),
    },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: 'drain.example/ipvs',
      externalTrafficPolicy: 'Cluster',
      ports: sketch.ports ?? [
        { name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30_080 },
      ],
      ...sketch.spec,
    },
    status: { loadBalancer: { ingress: sketch.ingress } },
  };
}

export interface EndpointSketch {
  readonly at: string;
  readonly node?: string;
  readonly uid?: string;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
}

export interface SliceSketch {
  readonly namespace?: string;
  readonly family?: 'IPv4' | 'IPv6' | 'FQDN';
  readonly ports?: readonly Json[];
}

/** An EndpointSlice of a Service: one port `http` at 8080. */
export function slice(
  of: string,
  name: string,
  endpoints: readonly EndpointSketch[],
  sketch: SliceSketch = {},
): Json {
  return {
    metadata: {
      namespace: sketch.namespace ?? 'shop',
      name,
      uid: `uid-${name}`,
      labels: { 'kubernetes.io/service-name': of },
    },
    addressType: sketch.family ?? 'IPv4',
    ports: sketch.ports ?? [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints: endpoints.map(({ at, node: nodeName, uid, ...conditions }) => ({
      addresses: [at],
      nodeName,
      targetRef: { kind: 'Pod', uid: uid ?? `pod-${at}` },
      conditions,
    })),
  };
}

export interface ClusterSketch {
  readonly nodes?: readonly unknown[];
  readonly services?: readonly unknown[];
  readonly slices?: readonly unknown[];
}

/** A cluster as it is read from what the API sends. */
export const cluster = ({
  nodes = [],
  services = [],
  slices = [],
}: ClusterSketch): ClusterSnapshot =>
  clusterSnapshot({
    nodes: nodes.flatMap((one) => readNode(one) ?? []),
    services: services.flatMap((one) => readService(one) ?? []),
    slices: slices.flatMap((one) => readSlice(one) ?? []),
  });
