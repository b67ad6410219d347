import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { KeptReason } from '../../domain/health/guard-report.ts';
import type { Metric, MetricSample } from '../../domain/metric.ts';
import type { Health } from '../decide/health.ts';
import { type AnswerTimes, limitsMs } from './answer-times.ts';

/** The guard of one director at this moment. */
export interface GuardStanding {
  readonly director: string;
  /** Whether the table was listed when it last should have been, and the loop goes on. */
  readonly isAlive: boolean;
  /** When that was last so for sure, and how long after it the guard still counts as alive. */
  readonly aliveMs: number;
  readonly patienceMs: number;
  /** The last turn of the loop; absent before the first. */
  readonly turnedMs?: number | undefined;
  readonly services: readonly ServiceStanding[];
}

export interface ServiceStanding {
  readonly service: ServiceKey;
  readonly health: ReadonlyMap<ServerKey, Health>;
  /** How often each server has fallen since the guard began. */
  readonly falls: ReadonlyMap<ServerKey, number>;
  readonly looksDead: boolean;
  /** Servers that should go to weight 0, or lower, and stay, with what they stay for. */
  readonly keptFor: ReadonlyMap<ServerKey, KeptReason>;
  readonly isLeftToRollout: boolean;
  /** Fallback servers that serve. */
  readonly standIns: number;
}

export interface GuardNow {
  readonly standings: readonly GuardStanding[];
  /** The times of the answers of each service, whichever directors hear them. */
  readonly times: ReadonlyMap<ServiceKey, AnswerTimes>;
}

/** The series of `drain guard`, by director, service and server. */
export const guardMetrics = ({ standings, times }: GuardNow): readonly Metric[] => {
  const services = standings.flatMap(({ director, services }) =>
    services.map((one) => ({ ...one, labels: { director, service: one.service as string } })),
  );
  const servers = services.flatMap(({ labels, health, falls }) =>
    [...health].map(([server, one]) => ({
      ...{ labels: { ...labels, server: server as string }, health: one },
      falls: falls.get(server) ?? 0,
    })),
  );
  return [
    {
      name: 'drain_check_guard_alive',
      help: 'Whether the guard of a director goes on: its loop turns, and the table can be listed.',
      type: 'gauge',
      samples: standings.map(({ director, isAlive }) => ({
        ...{ labels: { director }, value: Number(isAlive) },
      })),
    },
    {
      name: 'drain_check_guard_turn_timestamp_seconds',
      help: 'When the loop of the guard last turned.',
      type: 'gauge',
      samples: standings.flatMap(({ director, turnedMs }) =>
        turnedMs === undefined ? [] : [{ labels: { director }, value: turnedMs / 1_000 }],
      ),
    },
    {
      name: 'drain_check_up',
      help: 'The verdict on a server: 1 up, 0 down; none before enough answers came.',
      type: 'gauge',
      samples: servers.flatMap(({ labels, health: { verdict } }) =>
        verdict === 'unknown' ? [] : [{ labels, value: Number(verdict === 'up') }],
      ),
    },
    {
      name: 'drain_check_passed',
      help: 'The last answer of a server: 1 good, 0 bad or none in time.',
      type: 'gauge',
      samples: servers.flatMap(({ labels, health: { streak } }) =>
        streak ? [{ labels, value: Number(streak.passed) }] : [],
      ),
    },
    {
      name: 'drain_check_last_answer_timestamp_seconds',
      help: 'When the question was asked that a server answered last.',
      type: 'gauge',
      samples: servers.flatMap(({ labels, health: { streak } }) =>
        streak ? [{ labels, value: streak.askedMs / 1_000 }] : [],
      ),
    },
    {
      name: 'drain_check_flaps_total',
      help: 'How often a server that was up has gone down since the guard began.',
      type: 'counter',
      samples: servers.map(({ labels, falls }) => ({ labels, value: falls })),
    },
    {
      name: 'drain_check_all_dead',
      help: 'Whether no server of a service answers well: weights are kept then, for the check may be wrong.',
      type: 'gauge',
      samples: services.map(({ labels, looksDead }) => ({ labels, value: Number(looksDead) })),
    },
    {
      name: 'drain_check_servers_kept',
      help: 'Servers that should go to weight 0 and stay, because minHealthy or minServing wants them.',
      type: 'gauge',
      samples: services.map(({ labels, keptFor }) => ({
        labels,
        value: [...keptFor.values()].filter((reason) => reason !== 'all-dead').length,
      })),
    },
    {
      name: 'drain_check_server_kept',
      help: 'A server that should go to weight 0, or lower, and is kept in: min-serving, min-healthy, or all-dead.',
      type: 'gauge',
      samples: services.flatMap(({ labels, keptFor }) =>
        [...keptFor].map(([server, reason]) => ({
          ...{ labels: { ...labels, server: server as string, reason }, value: 1 },
        })),
      ),
    },
    {
      name: 'drain_check_fallback_servers',
      help: 'Fallback servers that stand in, for all servers of the service are dead.',
      type: 'gauge',
      samples: services.map(({ labels, standIns }) => ({ labels, value: standIns })),
    },
    {
      name: 'drain_check_left_to_rollout',
      help: 'Whether a service is in a rollout, and the guard sets none of its weights.',
      type: 'gauge',
      samples: services.map(({ labels, isLeftToRollout }) => ({
        ...{ labels, value: Number(isLeftToRollout) },
      })),
    },
    {
      name: 'drain_check_answer_seconds',
      help: 'The time from a question to its answer, or to its timeout, by service.',
      type: 'histogram',
      samples: [...times].flatMap(([service, of]) => histogram({ service }, of)),
    },
  ];
};

function histogram(
  labels: MetricSample['labels'],
  { counts, count, totalMs }: AnswerTimes,
): readonly MetricSample[] {
  const buckets = limitsMs.map((ms, i): MetricSample => {
    const le = String(ms / 1_000);
    return { labels: { ...labels, le }, value: counts[i] ?? 0, suffix: '_bucket' };
  });
  return [
    ...buckets,
    { labels: { ...labels, le: '+Inf' }, value: count, suffix: '_bucket' },
    { labels, value: totalMs / 1_000, suffix: '_sum' },
    { labels, value: count, suffix: '_count' },
  ];
}
