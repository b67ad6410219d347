import type {
  ClusterNode,
  ClusterResource,
  ClusterService,
  ClusterSnapshot,
  EndpointSlice,
} from './cluster.ts';
import { serviceId } from './names.ts';

/** The three lists as they are held, each without an order; `undefined` before its first success. */
export interface ClusterLists {
  readonly nodes: Iterable<ClusterNode> | undefined;
  readonly services: Iterable<ClusterService> | undefined;
  readonly slices: Iterable<EndpointSlice> | undefined;
}

/** Lists as a snapshot, in which each object is found by its name and the slices by their Service. */
export function clusterSnapshot({ nodes, services, slices }: ClusterLists): ClusterSnapshot {
  const byService = new Map<string, EndpointSlice[]>();
  for (const slice of slices ?? []) {
    const id = serviceId(slice.namespace, slice.service);
    const known = byService.get(id);
    if (known) known.push(slice);
    else byService.set(id, [slice]);
  }
  const synced: Record<ClusterResource, boolean> = {
    nodes: nodes !== undefined,
    services: services !== undefined,
    endpointslices: slices !== undefined,
  };
  return {
    nodes: new Map([...(nodes ?? [])].map((node) => [node.name, node])),
    services: new Map(
      [...(services ?? [])].map((one) => [serviceId(one.namespace, one.name), one]),
    ),
    slices: byService,
    synced,
  };
}
