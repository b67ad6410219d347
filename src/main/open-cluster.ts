import { openCluster as open } from '../cluster/open-cluster.ts';
import type { ClusterAccess } from '../domain/kube/kube-settings.ts';
import { leaveRoomForBursts } from '../processes/small-heap.ts';

/** Opens the way to an API server, from which more may come than is kept. */
export function openCluster(access: ClusterAccess): ReturnType<typeof open> {
  leaveRoomForBursts();
  return open(access);
}
