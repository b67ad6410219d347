import type { ScheduledStep } from '../../domain/rollout/plan.ts';
import { type DirectorState, type Milestone, withoutLost } from './director-state.ts';
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

/** The time at which a step is due, in milliseconds since 1970. */
export const dueAtMs = (
  { startAtMs }: RolloutState,
  progress: RampProgress,
  step: number,
): number => startAtMs + (progress.schedule[step]?.atMs ?? 0);
