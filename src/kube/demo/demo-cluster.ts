import type { ServiceKey } from '../../domain/address.ts';
import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import type { ClusterNode, ClusterService, ClusterSnapshot } from '../cluster/cluster.ts';
import { excludeLabel } from '../cluster/names.ts';
import type { DemoNode } from './rolling-upgrade.ts';

export const demoService = 'tcp/203.0.113.10:80' as ServiceKey;

/** The settings of the demonstration: those of a usual file, with shorter times. */
export const demoSettings: KubeSettings = {
  cluster: 'demo',
  access: { kind: 'in-cluster' },
  class: { name: 'drain.example/ipvs', servesDefault: false, addresses: [] },
  nodes: { selector: [], address: 'InternalIP', within: [] },
  join: { afterMs: 2_000, overMs: 10_000 },
  leave: {
    ...{ overMs: 0, timeoutMs: 600_000, onTimeout: 'hold', atOncePercent: 25 },
    ...{ cordon: 'keep', taints: [] },
  },
  keep: { servers: 1, whenNothingIsLeft: 'hold' },
  isStrict: false,
  writesNodeCondition: false,
  defaults: { check: 'none' },
  bindings: [],
};

const web: ClusterService = {
  ...{ namespace: 'shop', name: 'web', uid: 'web', version: '1', createdAtMs: 0 },
  ...{ isBeingDeleted: false, finalizers: [], wishes: new Map(), type: 'LoadBalancer' },
  ...{ class: 'drain.example/ipvs', address: '203.0.113.10', policy: 'Cluster', families: [4] },
  ports: [{ name: 'http', protocol: 'TCP', port: 80, nodePort: 30080 }],
  ...{ ingress: [], hasSourceRanges: false, publishesNotReady: false },
};

/** The cluster with these nodes, as watching it would show it. */
export const demoCluster = (nodes: readonly DemoNode[]): ClusterSnapshot => ({
  nodes: new Map(nodes.filter(({ isThere }) => isThere).map((one) => [one.name, nodeOf(one)])),
  services: new Map([['shop/web', web]]),
  slices: new Map(),
  synced: { nodes: true, services: true, endpointslices: true },
});

const nodeOf = ({ name, uid, address, ...node }: DemoNode): ClusterNode => ({
  ...{ name, uid, labels: new Map(node.isExcluded ? [[excludeLabel, '']] : []) },
  addresses: [{ type: 'InternalIP', address }],
  ...{ taints: [], isCordoned: node.isCordoned, isBeingDeleted: false },
  ready: { status: 'True', isShuttingDown: false, sinceMs: node.readySinceMs },
  isNetworkUnavailable: false,
});
