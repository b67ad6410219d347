import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import type { ClusterNode } from '../cluster/cluster.ts';
import type { NodeCondition } from '../kube-ports.ts';
import type { DirectorStanding } from '../run/kube-run-ports.ts';
import { presenceOfNode } from '../wanted/node-presence.ts';

/** What the condition `DrainedFromLoadBalancers` of one node should be. */
export interface WantedCondition extends Pick<NodeCondition, 'status' | 'reason' | 'message'> {
  readonly node: ClusterNode;
}

interface Facts {
  readonly settings: Pick<KubeSettings, 'nodes' | 'join' | 'leave'>;
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  /** Of the directors that have been seen. */
  readonly standings: readonly DirectorStanding[];
  /** All directors have been seen. */
  readonly areAllSeen: boolean;
  readonly nowMs: number;
}

const drained = {
  status: 'True',
  reason: 'Drained',
  message: 'no director has it any more',
} as const;
const draining = {
  status: 'False',
  reason: 'Draining',
  message: 'a director still has connections or a row of it',
} as const;
const inService = {
  status: 'False',
  reason: 'InService',
  message: 'it may get connections',
} as const;

/**
 * The conditions that are to be another: of nodes that leave, and of those that have come back. A node that
 * serves and always did has none, and is waited for by whoever waits.
 */
export function nodeConditions({
  settings,
  nodes,
  standings,
  areAllSeen,
  nowMs,
}: Facts): readonly WantedCondition[] {
  const asked = [...nodes.values()].flatMap((node) => {
    const leaves = presenceOfNode(settings, node, nowMs).kind === 'leaves';
    return leaves || node.drained ? [{ node, leaves }] : [];
  });
  if (asked.length === 0) return [];
  const claimed = new Set(
    standings.flatMap(({ claims }) =>
      claims.flatMap(({ servers }) => servers.flatMap(({ node }) => node ?? [])),
    ),
  );
  return asked.flatMap(({ node, leaves }) => {
    const isLeft = claimed.has(node.name);
    // A director that was never seen may have anything of it.
    if (leaves && !isLeft && !areAllSeen) return [];
    const wanted = !leaves ? inService : isLeft ? draining : drained;
    const { status, reason } = node.drained ?? {};
    return status === wanted.status && reason === wanted.reason ? [] : [{ ...wanted, node }];
  });
}
