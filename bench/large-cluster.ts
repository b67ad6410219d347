import { type ServiceKey, serverKey, splitServerKey } from '../src/domain/address.ts';
import type { ClusterClaim } from '../src/domain/rollout/cluster-claim.ts';
import { decideKube } from '../src/kube/decide/decide-kube.ts';
import { blankMemory, type KubeView, type ServiceMemory } from '../src/kube/decide/kube-view.ts';
import type { WantedServer, WantedService } from '../src/kube/wanted/wanted.ts';
import { defaultTerms } from '../test/support/kube/decide-lab.ts';

export interface ClusterSize {
  readonly nodes: number;
  readonly services: number;
}

/** A cluster whose table is as it should be, with every node in each service. */
export function largeCluster({ nodes, services }: ClusterSize): KubeView {
  const keys = Array.from(
    { length: services },
    (_, i) => `tcp/203.0.${i >> 8}.${i & 255}:443` as ServiceKey,
  );
  const wanted = keys.map(
    (service, at): WantedService => ({
      service,
      of: { namespace: 'ingress', name: `web-${at}`, port: 'https' },
      uid: `svc-${at}`,
      forwarding: 'masq',
      phase: 'serving',
      reusesAddresses: false,
      servers: Array.from({ length: nodes }, (_, n): WantedServer => {
        const key = serverKey(`10.0.${n >> 8}.${n & 255}`, 30_000 + at);
        return {
          key,
          ...splitServerKey(key),
          node: `worker-${n}`,
          uid: `uid-${n}`,
          capacity: 1,
          presence: { kind: 'serves' },
        };
      }),
    }),
  );
  const empty: KubeView = {
    wanted: {
      services: wanted,
      owners: [],
      problems: [],
      lists: { nodes, services, endpointslices: services },
    },
    table: 'ipvsadm',
    terms: defaultTerms,
    services: [],
    claims: [],
    excused: new Map(),
    inRollout: new Set(),
    verdicts: new Map(),
    health: new Map(),
    isApiReady: true,
    isContinued: false,
    memory: blankMemory,
    nowMs: 0,
  };
  const decision = decideKube(empty);
  const claims: ClusterClaim[] = [];
  const memories: [ServiceKey, ServiceMemory][] = [];
  const table = decision.services.map(({ service, edits, claimBefore, memory }) => {
    const added = edits.find(({ kind }) => kind === 'add-service');
    if (added?.kind !== 'add-service' || !claimBefore) throw new Error('nothing was added');
    claims.push(claimBefore);
    memories.push([service, memory]);
    const servers = edits.flatMap((edit) => (edit.kind === 'add-server' ? [edit.server] : []));
    return { ...added.service, servers };
  });
  return {
    ...empty,
    services: table,
    claims,
    memory: { services: new Map(memories) },
    nowMs: 60_000,
  };
}

/** The view after one node was labelled: each of its services has another list of servers. */
export const oneNodeLess = (view: KubeView): KubeView => ({
  ...view,
  wanted: {
    ...view.wanted,
    services: view.wanted.services.map((service) => ({
      ...service,
      servers: service.servers.map((server, n) =>
        n === 0
          ? {
              ...server,
              presence: { kind: 'leaves', cause: 'exclude-label', pace: 'ramp', basis: 'asked' },
            }
          : server,
      ),
    })),
  },
});
