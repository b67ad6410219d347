import { conditionBody } from '../../../src/cluster/bodies.ts';
import { ok } from '../../../src/domain/failure.ts';
import type { ClusterApi } from '../../../src/kube/kube-ports.ts';
import type { ClusterStore } from './cluster-store.ts';
import type { MemoryApi } from './memory-api.ts';
import { memoryLeases } from './memory-leases.ts';

/** An API server of a store without a network, which tells of what is written: statuses, conditions, Events. */
export function storeApi(
  store: ClusterStore,
  reading: Pick<MemoryApi, 'list' | 'watch'>,
  written: (what: string) => void,
): ClusterApi {
  return {
    server: 'https://10.0.0.1:6443',
    ...{ list: reading.list, watch: reading.watch },
    ...memoryLeases(store),
    ready: async () => ok(undefined),
    allows: async () => ok(true),
    async patchService({ namespace, name }, { finalizers, ingress }) {
      written('status');
      const body = {
        ...(finalizers ? { metadata: { finalizers } } : {}),
        ...(ingress ? { status: { loadBalancer: { ingress } } } : {}),
      };
      const at = { resource: 'services', namespace, name };
      const how = { kind: 'merge', subresource: 'status' } as const;
      return { ok: true, value: store.patch(at, body, how) };
    },
    async patchNodeCondition(name, condition) {
      written(`${name} ${condition.status} ${condition.reason}`);
      const at = { resource: 'nodes', name };
      const how = { kind: 'strategic', subresource: 'status' } as const;
      store.patch(at, conditionBody(condition), how);
      return ok(undefined);
    },
    async createEvent({ reason }) {
      written(reason);
      return ok(undefined);
    },
    repeatEvent: async () => ok(undefined),
  };
}
