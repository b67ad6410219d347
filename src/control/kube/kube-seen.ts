import type { DaemonProbes } from '../../daemons/probes.ts';
import type { KubeEventBody } from '../../domain/events/kube-event.ts';
import type { WatchedCluster } from '../../kube/reflector/watch-cluster.ts';
import type { DirectorStanding } from '../../kube/run/kube-run-ports.ts';
import { counted, type KubeCounts, noCounts } from '../../kube/seen/kube-counts.ts';
import { kubeMetrics, type SummaryOf } from '../../kube/seen/kube-metrics.ts';
import type { Wanted } from '../../kube/wanted/wanted.ts';
import type { Clock } from '../../rollout/ports.ts';

interface KubeSeenDeps {
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly watched: Pick<WatchedCluster, 'states'>;
  readonly directors: number;
  isLeader(): boolean;
}

export interface KubeSeen extends DaemonProbes {
  event(event: KubeEventBody): void;
  statusFailed(): void;
  stands(standings: readonly DirectorStanding[]): void;
  /** Hears of each wanted state as soon as there is one. */
  wanted(now: Wanted): void;
}

/** Counts what a controller does, for its metrics and probes. */
export function createKubeSeen({ clock, watched, directors, isLeader }: KubeSeenDeps): KubeSeen {
  let counts: KubeCounts = noCounts;
  let statusErrors = 0;
  let standings: readonly DirectorStanding[] = [];
  let applyLag: SummaryOf = { count: 0, totalMs: 0 };
  let latest: Wanted | undefined;
  /** The time of the first news that does not stand everywhere yet. */
  let sinceMs: number | undefined;
  return {
    event(event) {
      counts = counted(counts, event);
    },
    statusFailed() {
      statusErrors++;
    },
    wanted(now) {
      if (now === latest) return;
      latest = now;
      sinceMs ??= clock.nowMs();
    },
    stands(all) {
      standings = all;
      if (sinceMs === undefined || all.length < directors) return;
      if (!all.every(({ applied }) => applied === latest)) return;
      const { count, totalMs } = applyLag;
      applyLag = { count: count + 1, totalMs: totalMs + clock.nowMs() - sinceMs };
      sinceMs = undefined;
    },
    metrics: () =>
      kubeMetrics({
        ...{ standings, counts, statusErrors, applyLag },
        ...{ watches: watched.states(), isLeader: isLeader(), nowMs: clock.nowMs() },
      }),
    unknown: () =>
      Object.entries(watched.states()).flatMap(([resource, states]) =>
        states.every(({ isSynced }) => isSynced) ? [] : [resource],
      ),
  };
}
