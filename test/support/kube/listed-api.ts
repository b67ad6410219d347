import type { ApiFailure, ClusterApi } from '../../../src/kube/kube-ports.ts';
import type { ClusterSketch } from './cluster-objects.ts';

/** Lists of a cluster, `pageSize` objects a page, or a failure of one of them. */
export function listedApi(
  { nodes = [], services = [], slices = [] }: ClusterSketch,
  { pageSize = 500, failing }: { readonly pageSize?: number; readonly failing?: ApiFailure } = {},
): Pick<ClusterApi, 'list' | 'server'> & { readonly asked: readonly string[] } {
  const lists = { nodes, services, endpointslices: slices };
  const asked: string[] = [];
  return {
    server: 'https://10.9.0.1:6443',
    asked,
    async list(resource, { namespace, continueAt }) {
      asked.push([resource, namespace, continueAt].filter(Boolean).join(' '));
      if (failing?.resource === resource) return { ok: false, failure: failing };
      const all = lists[resource].filter((one) => {
        const { metadata } = one as { readonly metadata: { readonly namespace?: string } };
        return namespace === undefined || metadata.namespace === namespace;
      });
      const from = Number(continueAt ?? 0);
      const rest = from + pageSize < all.length ? { continueAt: String(from + pageSize) } : {};
      const items = all.slice(from, from + pageSize);
      return { ok: true, value: { items, version: '1', ...rest } };
    },
  };
}
