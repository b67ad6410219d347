import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { ClusterSnapshot } from '../cluster/cluster.ts';
import { clusterSnapshot } from '../cluster/cluster-snapshot.ts';
import { readNode } from '../cluster/read-node.ts';
import { readService } from '../cluster/read-service.ts';
import { readSlice } from '../cluster/read-slice.ts';
import type { ApiFailure, ClusterApi, WatchedResource } from '../kube-ports.ts';

const pageSize = 500;
/** A server whose lists never end is no API server. */
const mostPages = 10_000;

export interface ListedFrom {
  readonly api: Pick<ClusterApi, 'list' | 'server'>;
  /** Absent: all of them. */
  readonly namespaces?: readonly string[] | undefined;
}

/** The cluster as it is now, from one list of each resource: whole, or not at all. */
export async function listCluster(from: ListedFrom): Promise<Result<ClusterSnapshot>> {
  const [nodes, services, slices] = await Promise.all([
    listAll({ api: from.api }, 'nodes', readNode),
    listAll(from, 'services', readService),
    listAll(from, 'endpointslices', readSlice),
  ]);
  if (!nodes.ok) return nodes;
  if (!services.ok) return services;
  if (!slices.ok) return slices;
  return ok(
    clusterSnapshot({ nodes: nodes.value, services: services.value, slices: slices.value }),
  );
}

async function listAll<T>(
  { api, namespaces }: ListedFrom,
  resource: WatchedResource,
  read: (object: unknown) => T | undefined,
): Promise<Result<readonly T[]>> {
  const all: T[] = [];
  for (const namespace of namespaces ?? [undefined]) {
    let continueAt: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const answer = await api.list(resource, { limit: pageSize, namespace, continueAt });
      if (!answer.ok) return fail(notListed(answer.failure, api.server));
      for (const item of answer.value.items) {
        const one = read(item);
        if (one) all.push(one);
      }
      continueAt = answer.value.continueAt;
      if (continueAt === undefined) break;
    }
  }
  return ok(all);
}

/** Says what the API server was asked for, in the words of RBAC. */
export function notListed({ code, verb, resource, message }: ApiFailure, server: string): Failure {
  const where = printable(server);
  if (code === 'forbidden' || code === 'unauthorized') {
    const what =
      code === 'forbidden'
        ? `the API server does not let drain ${verb} ${resource}`
        : 'the API server does not know who asks';
    return {
      kind: 'preflight',
      what: `${what}: ${printable(message)}`,
      where,
      next:
        code === 'forbidden'
          ? `grant ${verb} on ${resource} to the user of the kubeconfig`
          : 'renew the credentials of the kubeconfig',
    };
  }
  return {
    kind: 'unreachable',
    what: `the cluster cannot be read, ${verb} ${resource}: ${printable(message)}`,
    where,
    next: 'see whether kubectl reaches it with the same kubeconfig',
  };
}
