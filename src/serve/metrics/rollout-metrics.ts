import { rolloutStatuses } from '../../domain/rollout/rollout-status.ts';
import { inProgress, type RolloutView } from '../view/rollout-view.ts';
import type { OutView } from '../view/view.ts';
import { counter, type Family, gauge, type Sample } from './family.ts';

/** A rollout has a label of its own, so only those in progress and the last few are here. */
export const rolloutMetrics = (
  rollouts: readonly RolloutView[],
  { byDirector }: { readonly byDirector: boolean },
): readonly Family[] => {
  const of = (value: (one: RolloutView) => number): readonly Sample[] =>
    rollouts.map((one) => ({ labels: { rollout: one.rollout }, value: value(one) }));
  const ofEach = (samples: (one: RolloutView) => readonly Sample[]): readonly Sample[] =>
    rollouts.flatMap((one) =>
      samples(one).map(({ labels, value }) => ({
        labels: { rollout: one.rollout, ...labels },
        value,
      })),
    );
  return [
    gauge(
      'drain_rollout_info',
      'A rollout: what it drains and fills.',
      ofEach(({ from, to }) => [{ labels: { from: from.join(','), to: to.join(',') }, value: 1 }]),
    ),
    gauge(
      'drain_rollout_state',
      'What a rollout is doing: 1 for the state it is in.',
      ofEach(({ standing }) =>
        rolloutStatuses.map((state) => ({ labels: { state }, value: Number(state === standing) })),
      ),
    ),
    gauge(
      'drain_rollout_phase',
      'Which part of a rollout is on: 1 for the phase it is in.',
      ofEach(({ phase }) =>
        phases.map((one) => ({ labels: { phase: one }, value: Number(one === phase) })),
      ),
    ),
    gauge(
      'drain_rollout_moved_ratio',
      'Of what the old servers had, what has been moved: 0 to 1.',
      of(({ movedFraction }) => movedFraction),
    ),
    gauge(
      'drain_rollout_step',
      'The last step that stands on all directors.',
      of(({ step }) => step),
    ),
    gauge(
      'drain_rollout_last_step',
      'The number of the last step.',
      of((one) => one.of),
    ),
    counter(
      'drain_rollout_gates_total',
      'Answers of gates and health checks that decided about a rollout, by verdict.',
      ofEach(({ gates }) => [
        { labels: { verdict: 'passed' }, value: gates.passed },
        { labels: { verdict: 'failed' }, value: gates.failed },
      ]),
    ),
    gauge(
      'drain_rollout_gate_passed',
      'The last answer of each gate: 1 passed, 0 failed.',
      ofEach(({ lastGates }) =>
        lastGates.map(({ gate, passed }) => ({ labels: { gate }, value: Number(passed) })),
      ),
    ),
    gauge(
      'drain_rollout_spent_seconds',
      'How long a rollout has spent in its ramp, in pauses, in the drain, on the way back, and stopped.',
      ofEach(({ spentMs }) =>
        Object.entries(spentMs).map(([activity, ms]) => ({
          labels: { activity },
          value: ms / 1_000,
        })),
      ),
    ),
    gauge(
      'drain_rollout_start_timestamp_seconds',
      'When a rollout began.',
      of(({ startedAtMs }) => startedAtMs / 1_000),
    ),
    gauge(
      'drain_rollout_end_timestamp_seconds',
      'When a rollout ended or stopped; not of those that run.',
      rollouts
        .filter(({ standing }) => standing !== 'running' && standing !== 'paused')
        .map(({ rollout, untilMs }) => ({ labels: { rollout }, value: untilMs / 1_000 })),
    ),
    gauge(
      'drain_rollout_server_info',
      'Real servers of rollouts in progress with their role: old, new or bystander.',
      rollouts.filter(inProgress).flatMap((one) => roles(one, byDirector)),
    ),
  ];
};

/** The roles of a rollout's servers, each once where the director is not named. */
function roles({ rollout, services }: RolloutView, byDirector: boolean): readonly Sample[] {
  const found = new Map<string, Sample>();
  for (const { director, service, servers } of services) {
    for (const { server, role } of servers) {
      const labels = { rollout, ...(byDirector ? { director } : {}), service, server, role };
      found.set(Object.values(labels).join(' '), { labels, value: 1 });
    }
  }
  return [...found.values()];
}

const phases = ['ramping', 'draining', 'returning'] as const;

/** Servers that somebody took out of service and wants back. */
export const outMetrics = (out: readonly OutView[]): readonly Family[] => [
  gauge(
    'drain_servers_out',
    'Real servers that are out of service, by reason: operator (drain out), health (drain guard, or a check of drain kube) or cluster (drain kube).',
    reasons.map((reason) => ({
      labels: { reason },
      value: out.filter((one) => one.reason === reason).length,
    })),
  ),
  gauge(
    'drain_server_out_timestamp_seconds',
    'Since when a real server has been out of service, by reason.',
    out.map(({ service, server, reason, sinceMs }) => ({
      labels: { service, server, reason },
      value: sinceMs / 1_000,
    })),
  ),
];

const reasons = ['operator', 'health', 'cluster'] as const;
