import type { ServiceKey } from '../../domain/address.ts';
import { assertNever } from '../../domain/assert-never.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { EventBody, WeightsByServer } from '../../domain/events/event.ts';
import type { ServiceSample } from '../../domain/ipvs/ipvs.ts';
import { shortList } from '../../domain/printable.ts';
import type { DirectorPlan, ScheduledStep, ServicePlan } from '../../domain/rollout/plan.ts';
import { isUntilEnd } from '../../domain/rollout/rollout-status.ts';
import type { Action } from '../action.ts';
import type { GateState } from '../gates/gate-state.ts';
import { drainingServers } from '../observe/draining-servers.ts';
import { type Milestone, withoutLost } from '../state/director-state.ts';
import { expectedTarget } from '../state/expected-weights.ts';
import type { RampProgress } from '../state/ramp-progress.ts';
import { directorState, type RolloutState } from '../state/rollout-state.ts';
import { gatePassedEvents } from './gate-events.ts';

/** `sampled` for the servers that the rollout moves; bystanders are not its business. */
export function sampleEvents(
  plan: DirectorPlan,
  samples: ReadonlyMap<ServiceKey, ServiceSample>,
): readonly EventBody[] {
  return plan.services.flatMap((service) =>
    [...service.oldServers, ...service.newServers].flatMap((server): EventBody[] => {
      const counts = samples.get(service.service)?.servers.get(server);
      if (!counts) return [];
      const { activeConn, inActConn, persistConn, weight } = counts;
      return [
        {
          type: 'sampled',
          director: plan.director,
          service: service.service,
          server,
          activeConn,
          inActConn,
          persistConn,
          weight,
        },
      ];
    }),
  );
}

export interface Timing {
  readonly lateMs: number;
  readonly applyMs: number;
}

/** Events of a milestone that was reached on one director. */
export function milestoneEvents(
  state: RolloutState,
  plan: DirectorPlan,
  milestone: Milestone,
  timing: Timing,
  nowMs: number,
): readonly EventBody[] {
  const { director } = plan;
  switch (milestone.kind) {
    case 'step':
      return stepEvents(state, plan, milestone.step, state.plan.schedule, timing);
    case 'retire':
      return milestone.servers.map((server) => ({
        type: 'removed',
        director,
        service: milestone.service,
        server,
        afterMs: nowMs - quiescedAtMs(state, nowMs),
      }));
    case 'rollback-step':
      return stepEvents(state, plan, milestone.step, backSchedule(state), timing);
    case 'base-scale':
      return milestone.services.map(({ service, weights }) =>
        baseScaleWarning(plan, service, weights),
      );
    case 'rollback':
      return [];
    default:
      return assertNever(milestone);
  }
}

/** The weights of a service that a hold has put back on its own scale. */
function baseScaleWarning(
  plan: DirectorPlan,
  service: ServiceKey,
  weights: readonly number[],
): EventBody {
  const { servers = [] } = plan.services.find((one) => one.service === service) ?? {};
  const all = servers.map((server, index) => `${server} ${weights[index] ?? 0}`);
  return {
    type: 'warning',
    code: 'base-scale',
    service,
    message: `its weights on ${plan.director} are on the scale from before the rollout while it stands still, with the same shares: ${shortList(all)}`,
  };
}

function stepEvents(
  state: RolloutState,
  plan: DirectorPlan,
  step: number,
  schedule: readonly ScheduledStep[],
  timing: Timing,
): readonly EventBody[] {
  return plan.services.map((service) => ({
    type: 'step-applied',
    director: plan.director,
    service: service.service,
    step,
    of: schedule.length - 1,
    weights: expectedWeights(state, plan, service),
    movedFraction: schedule[step]?.fraction ?? 1,
    ...timing,
  }));
}

const backSchedule = ({ phase }: RolloutState): readonly ScheduledStep[] =>
  phase.kind === 'rolling-back' ? (phase.schedule ?? []) : [];

function expectedWeights(
  state: RolloutState,
  plan: DirectorPlan,
  service: ServicePlan,
): WeightsByServer {
  return Object.fromEntries(expectedTarget(service, directorState(state, plan)).weights);
}

/** Servers that are at weight 0 for good since the state has changed from `before`. */
export function quiescedEvents(before: RolloutState, after: RolloutState): readonly EventBody[] {
  const entered = (state: RolloutState): boolean =>
    state.phase.kind === 'draining' ||
    (state.phase.kind === 'rolling-back' && state.phase.sinceMs !== undefined);
  if (entered(before) || !entered(after)) return [];
  return drainingServers(after).flatMap(({ service, server, directors }) =>
    directors.map((director): EventBody => ({ type: 'quiesced', director, service, server })),
  );
}

export function drainedEvents(
  state: RolloutState,
  drainKeys: readonly string[],
  nowMs: number,
): readonly EventBody[] {
  return drainingServers(state)
    .filter(({ key }) => drainKeys.includes(key))
    .flatMap(({ service, server, directors }) =>
      directors.map(
        (director): EventBody => ({
          type: 'drained',
          director,
          service,
          server,
          afterMs: nowMs - quiescedAtMs(state, nowMs),
        }),
      ),
    );
}

function quiescedAtMs({ phase }: RolloutState, nowMs: number): number {
  return 'sinceMs' in phase ? (phase.sinceMs ?? nowMs) : nowMs;
}

/** Events before that of a step: the steps it skips, a delay, the gates that let it pass. */
export function stepTakenEvents(taken: {
  readonly progress: RampProgress | undefined;
  /** The step that stood before; -1 before the first. */
  readonly standing: number;
  readonly milestone: Milestone;
  readonly passed: readonly GateState[];
  readonly shiftMs?: number | undefined;
  /** Whether somebody asked for the rest of the ramp at once. */
  readonly isPromoted?: boolean | undefined;
}): readonly EventBody[] {
  const { progress, standing, milestone, passed, shiftMs, isPromoted } = taken;
  if (!progress || !('step' in milestone)) return [];
  const { step } = milestone;
  return [
    ...(isPromoted ? [] : skippedWarnings(progress, standing, step)),
    ...(shiftMs && standing >= 0 ? [shiftedWarning(shiftMs)] : []),
    ...(milestone.kind === 'step' ? gatePassedEvents(passed, step) : []),
  ];
}

/** Warns of steps whose time passed while the step before them had not been reached. */
function skippedWarnings(
  progress: RampProgress,
  before: number,
  reached: number,
): readonly EventBody[] {
  const skipped = reached - before - 1;
  if (before < 0 || skipped <= 0) return [];
  const which = skipped === 1 ? `step ${reached - 1}` : `steps ${before + 1} to ${reached - 1}`;
  const they = skipped === 1 ? 'it' : 'they';
  return [
    {
      type: 'warning',
      code: 'step-skipped',
      message: `${which} of ${progress.schedule.length - 1} skipped: the time of step ${reached} had come before ${they} could be applied`,
    },
  ];
}

/** Warns that the rest of the ramp is shifted, instead of a jump. */
const shiftedWarning = (shiftMs: number): EventBody => ({
  type: 'warning',
  code: 'ramp-shifted',
  message: `steps are ${formatDuration(Math.max(1, Math.round(shiftMs / 1_000)) * 1_000)} late (is a director slow, or the store or a gate, or was the machine asleep?): the rest of the ramp keeps its pace and ends that much later`,
});

/** The last events of a rollout. */
export function endEvents(
  action: Extract<Action, { kind: 'end' }>,
  until?: number,
): readonly EventBody[] {
  const { outcome, exitCode, message, drift } = action;
  // Held for whoever looks later, and done for whoever asked for so much.
  if (isUntilEnd(action) && until !== undefined)
    return [{ type: 'finished', outcome: 'done', exitCode, message, until }];
  const events: EventBody[] = [];
  if (drift) {
    const { director, service, expected, found } = drift;
    events.push({ type: 'drift-detected', director, service, expected, found });
  }
  if (outcome === 'held') events.push({ type: 'held', reason: message });
  if (outcome === 'rolled-back') events.push({ type: 'rolled-back', reason: message });
  events.push({ type: 'finished', outcome, exitCode, message });
  return events;
}

/** Somebody else's edit of a server that the rollout does not touch. */
export function bystanderWarning(
  drift: Extract<Action, { kind: 'note-bystander' }>['drift'],
): EventBody {
  const { server, service, director, expected, found } = drift;
  const was = expected === null ? 'was not there' : `had weight ${expected}`;
  const is = found === null ? 'has gone' : `has weight ${found}`;
  return {
    type: 'warning',
    code: 'bystander-changed',
    service,
    message: `${server} on ${director} ${was} and ${is} now: somebody else's edit, left as it is`,
  };
}

/** `director-lost`: a director is gone, and with how many the rollout continues. */
export function lostWarning(state: RolloutState, director: string, reason: string): EventBody {
  const left = withoutLost(state.directors).length - 1;
  return {
    type: 'warning',
    code: 'director-lost',
    message: `director ${director} cannot be reached (${reason}); ${left} of ${state.directors.size} directors are left, and it is asked again every few seconds`,
  };
}

export const resetWarning = (director: string): EventBody => ({
  type: 'warning',
  code: 'director-reset',
  message: `director ${director} has the table from before the rollout again; it is brought to where the others are`,
});

export const regainedWarning = (director: string): EventBody => ({
  type: 'warning',
  code: 'director-regained',
  message: `director ${director} can be reached again, stands where the others do, and counts again`,
});
