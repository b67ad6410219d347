import { describe, expect, it } from 'vitest';
import { listCluster } from '../../../src/kube/look/list-cluster.ts';
import { node, service, slice } from '../../support/kube/cluster-objects.ts';
import { listedApi } from '../../support/kube/listed-api.ts';

const sketch = {
  nodes: ['n1', 'n2', 'n3'].map((name) => node(name)),
  services: [service('web'), service('mail', { namespace: 'office' })],
  slices: [slice('web', 'web-1', []), slice('mail', 'mail-1', [], { namespace: 'office' })],
};

describe('a look at the cluster', () => {
  it('reads every page of every list', async () => {
    const api = listedApi(sketch, { pageSize: 1 });
    const listed = await listCluster({ api });
    if (!listed.ok) throw new Error(listed.failure.what);
    expect([...listed.value.nodes.keys()]).toEqual(['n1', 'n2', 'n3']);
    expect([...listed.value.services.keys()]).toEqual(['shop/web', 'office/mail']);
    expect(listed.value.synced).toEqual({ nodes: true, services: true, endpointslices: true });
    expect(api.asked.filter((one) => one.startsWith('nodes'))).toEqual([
      'nodes',
      'nodes 1',
      'nodes 2',
    ]);
  });

  it('asks only for the namespaces that the file names', async () => {
    const api = listedApi(sketch);
    const listed = await listCluster({ api, namespaces: ['office', 'lab'] });
    expect(listed.ok && [...listed.value.services.keys()]).toEqual(['office/mail']);
    expect(api.asked.toSorted()).toEqual([
      'endpointslices lab',
      'endpointslices office',
      'nodes',
      'services lab',
      'services office',
    ]);
  });

  it('of which one list fails is none: a part would look like a smaller cluster', async () => {
    const message = 'nodes is forbidden\u001b[31m';
    const failing = { code: 'forbidden', verb: 'list', resource: 'nodes', message } as const;
    expect(await listCluster({ api: listedApi(sketch, { failing }) })).toEqual({
      ok: false,
      failure: {
        kind: 'preflight',
        what: 'the API server does not let drain list nodes: nodes is forbidden\\x1b[31m',
        where: 'https://10.9.0.1:6443',
        next: 'grant list on nodes to the user of the kubeconfig',
      },
    });
    const busy = {
      ...failing,
      code: 'unreachable',
      resource: 'services',
      message: 'refused',
    } as const;
    expect(await listCluster({ api: listedApi(sketch, { failing: busy }) })).toMatchObject({
      failure: { kind: 'unreachable', what: 'the cluster cannot be read, list services: refused' },
    });
  });
});
