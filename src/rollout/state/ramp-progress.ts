import type { ScheduledStep } from '../../domain/rollout/plan.ts';
import { stepAt } from '../../planner/weights/curve.ts';
import { type DirectorState, type Milestone, withoutLost } from './director-state.ts';
import { currentScale, isOnScale } from './expected-weights.ts';
import type { RolloutState } from './rollout-state.ts';

/** The ramp in progress, forward or of a rollback. */
export interface RampProgress {
  readonly schedule: readonly ScheduledStep[];
  /** The last of the ramp's steps that a director has reached; -1 before the first. */
  stepOf(director: DirectorState): number;
  milestoneAt(step: number): Milestone;
}

/** The ramp in progress; none once its last step is reached, and in a rollback without a ramp. */
export function rampProgressOf(state: RolloutState): RampProgress | undefined {
  const progress = rampOf(state);
  return progress && slowestStep(state, progress) < progress.schedule.length - 1
    ? progress
    : undefined;
}

function rampOf({ phase, plan }: RolloutState): RampProgress | undefined {
  if (phase.kind === 'ramping') {
    return {
      schedule: plan.schedule,
      stepOf: (director) => director.step,
      milestoneAt: (step) => ({ kind: 'step', step }),
    };
  }
  if (phase.kind !== 'rolling-back' || !phase.schedule) return undefined;
  return {
    schedule: phase.schedule,
    stepOf: (director) => director.back?.step ?? -1,
    milestoneAt: (step) => ({ kind: 'rollback-step', step }),
  };
}

/** The last step that every director that counts has reached. */
export const slowestStep = ({ directors }: RolloutState, progress: RampProgress): number =>
  Math.min(...withoutLost(directors).map(([, director]) => progress.stepOf(director)));

/** The time at which a step is due, in milliseconds since 1970; steps that are promoted are due by then. */
export const dueAtMs = (
  { startAtMs, promotedAtMs = Number.POSITIVE_INFINITY, phase }: RolloutState,
  progress: RampProgress,
  step: number,
): number => {
  const dueMs = startAtMs + (progress.schedule[step]?.atMs ?? 0);
  return phase.kind === 'ramping' ? Math.min(dueMs, promotedAtMs) : dueMs;
};

/** The step at which the ramp forward ends, for now or for good. */
export const endStep = ({ plan: { schedule, until } }: RolloutState): number =>
  until === undefined ? schedule.length - 1 : stepAt(schedule, until);

/** Whether an edit of the rollout was made, or may have been. */
export const hasBegun = ({ directors }: Pick<RolloutState, 'directors'>): boolean =>
  [...directors.values()].some(({ step, intended }) => step >= 0 || intended.length > 0);

/** Whether weights are amid a ramp, perhaps on another scale: only its own steps lead on. */
export const isOnTheWay = (state: RolloutState): boolean =>
  rampProgressOf(state) !== undefined ||
  (state.phase.kind === 'rolling-back' && state.phase.sinceMs === undefined);

/** Services whose weights are on another scale than before the rollout: `tcp/10.0.0.100:80 x 3/50`. */
export const scaleInForce = ({ plan, directors }: RolloutState): readonly string[] =>
  plan.directors.flatMap(({ director: name, services }) => {
    const director = directors.get(name);
    if (!director) return [];
    return services
      .filter((service) => isOnScale(service, director))
      .map((service) => {
        const { multiplier, divisor } = currentScale(service, director);
        return `${service.service} x ${multiplier}${divisor === 1 ? '' : `/${divisor}`}`;
      });
  });
