import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type NodeSketch,
  node,
  type ServiceSketch,
  service,
  slice,
} from '../kube/cluster-objects.ts';
import type { ApiObject } from './api-object.ts';
import { type ApiServer, startApiServer } from './api-server.ts';

/** A stand-in API server with nodes and the Service shop/web, and what changes there. */
export interface Shop {
  readonly api: ApiServer;
  addNode(name: string, sketch?: NodeSketch): void;
  /** With one pod behind it. */
  addService(sketch?: ServiceSketch): void;
  /** A merge patch of a node, as `kubectl label` and `kubectl cordon` make it. */
  patchNode(name: string, patch: object): void;
  /** The Service as it is now. */
  web(): ApiObject;
  /** Writes a file of `drain kube` for this server; returns its name. */
  write(folder: string, more?: string): Promise<string>;
}

export const webKey = 'tcp/203.0.113.10:80';
export const excluded = 'node.kubernetes.io/exclude-from-external-load-balancers';

/** Ready since long ago, whatever the time is. */
const ready = { lastTransitionTime: '2020-01-01T00:00:00Z' };

export async function openShop(): Promise<Shop> {
  const api = await startApiServer();
  const { store } = api;
  const object = (given: unknown): ApiObject => given as ApiObject;
  return {
    api,
    addNode: (name, sketch = {}) =>
      void store.create('nodes', undefined, object(node(name, { ready, ...sketch }))),
    addService(sketch) {
      store.create('services', 'shop', object(service('web', sketch)));
      const pod = slice('web', 'web-1', [{ at: '10.1.0.1', node: 'n1', ready: true }]);
      store.create('endpointslices', 'shop', object(pod));
    },
    patchNode: (name, patch) =>
      void store.patch({ resource: 'nodes', name }, patch, { kind: 'merge' }),
    web: () => store.get({ resource: 'services', namespace: 'shop', name: 'web' }),
    async write(folder, more = '') {
      const file = join(folder, 'kube.yaml');
      const lines = [
        'cluster: prod',
        `kubeconfig: ${api.kubeconfig}`,
        'class: drain.example/ipvs',
        'join: { after: 0s, over: 0s }',
        // Its nodes are nowhere.
        'defaults: { check: none }',
        more,
      ];
      await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
      return file;
    },
  };
}
