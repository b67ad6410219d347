import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import { selects } from '../../domain/kube/label-selector.ts';
import { matchesTaint } from '../../domain/kube/taint-pattern.ts';
import type { ClusterNode } from '../cluster/cluster.ts';
import { excludeLabel, uninitializedTaint } from '../cluster/names.ts';
import type { LeaveCause, Presence } from './wanted.ts';

type Leaving = Extract<Presence, { kind: 'leaves' }>;

/** What is seen of a node, as far as it is the same for all services. */
export function presenceOfNode(
  settings: Pick<KubeSettings, 'nodes' | 'join' | 'leave'>,
  node: ClusterNode,
  nowMs: number,
): Presence {
  return dyingOf(settings, node) ?? sentAway(settings, node) ?? joining(settings, node, nowMs);
}

/**
 * The machine is about to be gone, and its pods with it: no time for a ramp. The cluster autoscaler
 * deletes it five seconds after its taint.
 */
export function dyingOf(
  { leave }: Pick<KubeSettings, 'leave'>,
  node: ClusterNode,
): Leaving | undefined {
  if (node.isBeingDeleted) return leaving('node-deleting', 'at-once');
  if (node.ready.isShuttingDown) return leaving('node-shutdown', 'at-once');
  const taint = node.taints.find((one) =>
    leave.taints.some((pattern) => matchesTaint(pattern, one)),
  );
  return taint && { ...leaving('taint', 'at-once'), detail: taint.key };
}

/** Somebody wants the node out who has time for a ramp. */
function sentAway(
  { nodes, leave }: Pick<KubeSettings, 'nodes' | 'leave'>,
  node: ClusterNode,
): Leaving | undefined {
  if (isExcluded(node.labels.get(excludeLabel))) return leaving('exclude-label', 'ramp');
  if (!selects(nodes.selector, node.labels)) return leaving('not-selected', 'ramp');
  return node.isCordoned && leave.cordon === 'drain' ? leaving('cordon', 'ramp') : undefined;
}

/** As the cloud controllers read the label: its presence excludes, but for a false of Go's ParseBool. */
const isExcluded = (value: string | undefined): boolean =>
  value !== undefined && !['0', 'f', 'F', 'false', 'False', 'FALSE'].includes(value);

function joining(
  { join }: Pick<KubeSettings, 'join'>,
  { taints, ready, isNetworkUnavailable }: ClusterNode,
  nowMs: number,
): Presence {
  if (taints.some(({ key }) => key === uninitializedTaint)) {
    return { kind: 'waits', why: 'uninitialized' };
  }
  if (ready.status !== 'True') return { kind: 'waits', why: 'not-ready' };
  if (isNetworkUnavailable) return { kind: 'waits', why: 'network-unavailable' };
  const untilMs = (ready.sinceMs ?? 0) + join.afterMs;
  // A node whose clock runs far ahead would wait for as long as it does: its health has to be enough.
  const isAhead = (ready.sinceMs ?? 0) > nowMs + join.afterMs;
  if (untilMs <= nowMs || isAhead) return { kind: 'serves' };
  return { kind: 'waits', why: 'ready-too-short', untilMs };
}

const leaving = (cause: LeaveCause, pace: Leaving['pace']): Leaving => ({
  kind: 'leaves',
  cause,
  pace,
  basis: 'asked',
});
