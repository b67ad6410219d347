import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { DirectorStanding } from '../run/kube-run-ports.ts';
import type { KubeCounts } from './kube-counts.ts';

/** A metric with its series, as `/metrics` writes it. */
export interface KubeMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly KubeSample[];
}

interface KubeSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface KubeNow {
  readonly standings: readonly DirectorStanding[];
  readonly counts: KubeCounts;
  /** Whether the latest list of each resource succeeded and its watch goes on. */
  readonly synced: Readonly<Record<string, boolean>>;
  readonly isLeader: boolean;
}

/** The series of `drain kube`; their labels come from closed sets and from names that were checked. */
export const kubeMetrics = ({
  standings,
  counts,
  synced,
  isLeader,
}: KubeNow): readonly KubeMetric[] => {
  const leaves = [...counts.leaves.values()];
  return [
    {
      name: 'drain_kube_synced',
      help: 'Whether the cluster is known: 1 when the list succeeded and its watch goes on.',
      type: 'gauge',
      samples: Object.entries(synced).map(([resource, is]) => one({ resource }, is ? 1 : 0)),
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
      name: 'drain_kube_leave_seconds_total',
      help: 'The time that departures took, from their beginning to the removal; divide by drain_kube_leaves_total.',
      type: 'counter',
      samples: leaves
        .filter(({ outcome }) => outcome !== 'timeout')
        .map(({ cause, outcome, totalMs }) => one({ cause, outcome }, totalMs / 1_000)),
    },
  ];
};

const one = (labels: KubeSample['labels'], value: number): KubeSample => ({ labels, value });

function serverSamples({ director, claims, states }: DirectorStanding): readonly KubeSample[] {
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
