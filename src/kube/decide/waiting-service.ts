import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { WantedService } from '../wanted/wanted.ts';
import type { ServiceDecision, ServiceMemory } from './kube-view.ts';
import { ownerOf } from './told.ts';

interface Waiting {
  readonly rollout: string;
  readonly memory: ServiceMemory;
  readonly wanted: WantedService | undefined;
}

/**
 * A service that an unfinished rollout has, and the cluster not yet, is left alone until that rollout is
 * over: servers and weights of the cluster would be somebody else's edit to its rollback. So it is the
 * other way round, where a hand-over in a service of a cluster is refused.
 */
export function waitingService(
  claim: ClusterClaim,
  { rollout, memory, wanted }: Waiting,
): ServiceDecision {
  const { service } = claim;
  return {
    service,
    edits: [],
    events:
      memory.waitsFor === rollout
        ? []
        : [
            {
              ...{ type: 'service-held', service, owner: ownerOf(claim), why: 'rollout' },
              diff: [
                `${rollout} is not over: drain resume, rollback or abandon ${rollout}, and the cluster takes the service`,
              ],
            },
          ],
    memory: { ...memory, waitsFor: rollout },
    watched: [],
    states: new Map((wanted?.servers ?? []).map(({ key }) => [key, 'waiting'] as const)),
  };
}

/** The first decision about a service after the rollout that was waited for. */
export const takenOver = (claim: ClusterClaim, decision: ServiceDecision): ServiceDecision => ({
  ...decision,
  events: [
    { type: 'service-released', service: claim.service, owner: ownerOf(claim) },
    ...decision.events,
  ],
  memory: { ...decision.memory, waitsFor: undefined },
});
