import type { DirectorPlan, ServicePlan } from '../../domain/rollout/plan.ts';
import { isOver, type RolloutStatus } from '../../domain/rollout/rollout-status.ts';
import type { LivePhase, LiveState } from '../../reporters/live/live-view.ts';
import { drainingServers } from '../../rollout/observe/draining-servers.ts';
import { type DirectorState, drainKey } from '../../rollout/state/director-state.ts';
import { expectedTarget } from '../../rollout/state/expected-weights.ts';
import { directorState, type RolloutState } from '../../rollout/state/rollout-state.ts';
import type { SeenRollout } from '../../watch/watch-rollout.ts';

/** The state of a rollout by its journal, as a board shows it; `lastSignMs` is the time of its last event. */
export function liveStateOf(
  { state, entries, status }: Pick<SeenRollout, 'state' | 'entries' | 'status'>,
  lastSignMs: number,
): LiveState {
  const { phase, plan } = state;
  const lastMs = entries.at(-1)?.atMs ?? 0;
  const named = livePhaseOf(status, state);
  const schedule = phase.kind === 'rolling-back' ? (phase.schedule ?? []) : plan.schedule;
  const sinceMs = 'sinceMs' in phase ? phase.sinceMs : undefined;
  const since: Partial<Record<LivePhase, number>> = {
    paused: state.pausedAtMs ?? lastMs,
    held: lastMs,
    over: lastMs,
    'cut-off': Math.max(lastMs, lastSignMs),
  };
  const draining = sinceMs === undefined ? [] : drainingServers(state);
  return {
    phase: named,
    phaseSinceMs: since[named] ?? sinceMs ?? entries[0].atMs,
    schedule,
    rampStartMs: state.startAtMs,
    startedAtMs: entries[0].atMs,
    services: plan.directors.flatMap((directorPlan) =>
      directorPlan.services.map((service) => {
        const director = directorState(state, directorPlan);
        const removed = service.servers.filter((server) =>
          director.removed.has(drainKey(service.service, server)),
        );
        return {
          ...stepOf(state, directorPlan, schedule),
          service: service.service,
          weights: weightsOf(service, director),
          removed,
          leaving: draining
            .filter((one) => one.service === service.service)
            .filter(({ directors }) => directors.includes(directorPlan.director))
            .filter(({ server }) => !removed.includes(server))
            .map(({ server }) => server),
        };
      }),
    ),
  };
}

function livePhaseOf(status: RolloutStatus, { phase, directors }: RolloutState): LivePhase {
  if (isOver(status)) return 'over';
  if (status === 'cut-off') return 'cut-off';
  if (status !== 'running') return status;
  if (phase.kind === 'draining') return 'drain';
  if (phase.kind === 'rolling-back') return 'rolling-back';
  return [...directors.values()].every(({ step }) => step < 0) ? 'under-way' : 'ramp';
}

function stepOf(
  state: RolloutState,
  plan: DirectorPlan,
  schedule: RolloutState['plan']['schedule'],
): Pick<LiveState['services'][number], 'director' | 'step' | 'of' | 'moved'> {
  const { director } = plan;
  const { step, back, rolledBack } = directorState(state, plan);
  const of = Math.max(0, schedule.length - 1);
  const walked = state.phase.kind === 'rolling-back' ? (back?.step ?? -1) : step;
  const moved = rolledBack ? 0 : (schedule[Math.max(0, walked)]?.fraction ?? 0);
  return { director, step: Math.max(0, walked), of, moved };
}

const weightsOf = (plan: ServicePlan, director: DirectorState): ReadonlyMap<string, number> =>
  expectedTarget(plan, director).weights;
