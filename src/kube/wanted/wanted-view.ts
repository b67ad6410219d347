import type { KubeSettings } from '../../domain/kube/kube-settings.ts';
import type { ClusterSnapshot } from '../cluster/cluster.ts';
import type { Wanted } from './wanted.ts';
import { type Mapped, mapCluster } from './wanted-of.ts';

export interface WantedViewSources {
  /** The cluster as it was last heard of: the very same object until it changes. */
  readonly snapshot: () => ClusterSnapshot;
  /** The settings of now: a reload gives others. */
  readonly settings: () => KubeSettings;
  readonly directorAddresses: readonly string[];
}

/**
 * What is wanted at a time, made anew only where something that counts has changed: the snapshot, the
 * settings, or the time where a node waits for it. The same object for as long as it says the same.
 */
export function createWantedView({
  snapshot,
  settings,
  directorAddresses,
}: WantedViewSources): (nowMs: number) => Wanted {
  let last:
    | { readonly mapped: Mapped; readonly from: ClusterSnapshot; readonly dueMs: number }
    | undefined;
  return (nowMs) => {
    const [from, now] = [snapshot(), settings()];
    const isKept = last && last.from === from && last.mapped.settings === now && nowMs < last.dueMs;
    if (last && isKept) return last.mapped.wanted;
    const mapped = mapCluster(now, from, { nowMs, directorAddresses }, last?.mapped);
    last = { mapped, from, dueMs: nextChangeMs(mapped.wanted) };
    return mapped.wanted;
  };
}

/** The next time at which a node has been Ready for long enough. */
export function nextChangeMs({ services }: Pick<Wanted, 'services'>): number {
  let dueMs = Number.POSITIVE_INFINITY;
  for (const { servers } of services) {
    for (const { presence } of servers) {
      if (presence.kind === 'waits') dueMs = Math.min(dueMs, presence.untilMs ?? dueMs);
    }
  }
  return dueMs;
}
