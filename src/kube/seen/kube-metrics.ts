import type { Metric, MetricSample } from '../../domain/metric.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import { isCurrent, type ReflectorState } from '../reflector/reflector-state.ts';
import type { DirectorStanding } from '../run/kube-run-ports.ts';
import type { KubeCounts, LeaveCount } from './kube-counts.ts';

export interface KubeNow {
  readonly standings: readonly DirectorStanding[];
  readonly counts: KubeCounts;
  /** The lists and watches of each resource, one for each namespace or for all. */
  readonly watches: Readonly<Record<string, readonly ReflectorState[]>>;
  readonly isLeader: boolean;
  /** Patches of statuses and finalizers that failed. */
  readonly statusErrors: number;
  /** From the news of the cluster to its weights read back on every director. */
  readonly applyLag: SummaryOf;
  readonly nowMs: number;
}

/** So many measured times, and how long they were together. */
export interface SummaryOf {
  readonly count: number;
  readonly totalMs: number;
}

/** The series of `drain kube`; their labels come from closed sets and from names that were checked. */
export const kubeMetrics = ({
  standings,
  counts,
  watches,
  isLeader,
  statusErrors,
  applyLag,
  nowMs,
}: KubeNow): readonly Metric[] => {
  const leaves = [...counts.leaves.values()];
  return [
    {
      name: 'drain_kube_synced',
      help: 'Whether the cluster is known: 1 when the list succeeded and its watch goes on.',
      type: 'gauge',
      samples: Object.entries(watches).map(([resource, all]) =>
        one({ resource }, Number(all.every(isCurrent))),
      ),
    },
    {
      name: 'drain_kube_watch_restarts_total',
      help: 'Watches that were begun again, by cause: closed as agreed, or gone, cut, silent, refused, garbled, hasty.',
      type: 'counter',
      samples: Object.entries(watches).flatMap(([resource, all]) => restartSamples(resource, all)),
    },
    {
      name: 'drain_kube_last_event_seconds',
      help: 'How long ago the API server last said anything about the resource, bookmarks as well.',
      type: 'gauge',
      samples: Object.entries(watches).flatMap(([resource, all]) => {
        const heard = all.map(({ lastHeardMs }) => lastHeardMs ?? Number.NaN);
        const agoMs = nowMs - Math.min(...heard);
        return Number.isNaN(agoMs) ? [] : [one({ resource }, Math.max(0, agoMs) / 1_000)];
      }),
    },
    {
      name: 'drain_kube_apply_lag_seconds',
      help: 'The time from news of the cluster to the table read back on every director.',
      type: 'summary',
      samples: summary({}, applyLag),
    },
    {
      name: 'drain_kube_status_errors_total',
      help: 'Writes of statuses and finalizers of Services, or of conditions of nodes, that failed.',
      type: 'counter',
      samples: [one({}, statusErrors)],
    },
    {
      name: 'drain_kube_leader',
      help: 'Whether this instance is the one that writes.',
      type: 'gauge',
      samples: [one({}, isLeader ? 1 : 0)],
    },
    {
      name: 'drain_kube_servers',
      help: 'Own real servers by state: waiting, joining, in, leaving, empty; foreign ones are not touched.',
      type: 'gauge',
      samples: standings.flatMap(serverSamples),
    },
    {
      name: 'drain_kube_held',
      help: 'What is held, by reason.',
      type: 'gauge',
      samples: standings.flatMap(({ director, held }) =>
        [...held].map(([why, count]) => one({ director, why }, count)),
      ),
    },
    {
      name: 'drain_kube_leaves_total',
      help: 'Departures by cause and outcome: empty, timeout, removed-with-connections.',
      type: 'counter',
      samples: leaves.map(({ cause, outcome, count }) => one({ cause, outcome }, count)),
    },
    {
      name: 'drain_kube_leave_seconds',
      help: 'How long departures took, from their beginning to the removal, by cause.',
      type: 'summary',
      samples: leaveSamples(leaves),
    },
  ];
};

const one = (labels: MetricSample['labels'], value: number): MetricSample => ({ labels, value });

const summary = (labels: MetricSample['labels'], { count, totalMs }: SummaryOf) => [
  { labels, value: totalMs / 1_000, suffix: '_sum' as const },
  { labels, value: count, suffix: '_count' as const },
];

function leaveSamples(leaves: readonly LeaveCount[]): readonly MetricSample[] {
  const byCause = new Map<string, SummaryOf>();
  for (const { cause, outcome, count, totalMs } of leaves) {
    if (outcome === 'timeout') continue;
    const before = byCause.get(cause) ?? { count: 0, totalMs: 0 };
    byCause.set(cause, { count: before.count + count, totalMs: before.totalMs + totalMs });
  }
  return [...byCause].flatMap(([cause, taken]) => summary({ cause }, taken));
}

function restartSamples(resource: string, all: readonly ReflectorState[]): readonly MetricSample[] {
  const byCause = new Map<string, number>();
  for (const { restarts } of all) {
    for (const [cause, count] of Object.entries(restarts)) {
      byCause.set(cause, (byCause.get(cause) ?? 0) + count);
    }
  }
  return [...byCause].map(([cause, count]) => one({ resource, cause }, count));
}

function serverSamples({ director, claims, states }: DirectorStanding): readonly MetricSample[] {
  const services = new Set([...claims.map(({ service }) => service), ...states.keys()]);
  return [...services].flatMap((service) => {
    const claim = claims.find((each) => each.service === service);
    const counts = countStates(claim, states.get(service) ?? new Map());
    return [...counts].map(([state, count]) => one({ director, service, state }, count));
  });
}

/** The states that were told, and those of the claim for everybody else. */
function countStates(
  claim: ClusterClaim | undefined,
  told: ReadonlyMap<string, string>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (state: string): void => void counts.set(state, (counts.get(state) ?? 0) + 1);
  for (const state of told.values()) count(state);
  for (const { server, state } of claim?.servers ?? []) if (!told.has(server)) count(state);
  return counts;
}
