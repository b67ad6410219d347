import type { ScheduledStep } from '../../domain/rollout/plan.ts';
import { type DirectorState, type Milestone, withoutLost } from './director-state.ts';
import type { RolloutState } from './rollout-state.ts';

/** The ramp that is being walked, forward or back. */
export interface RampProgress {
  readonly schedule: readonly ScheduledStep[];
  /** The last of its steps that stands on a director; -1 before the first. */
  stepOf(director: DirectorState): number;
  milestoneAt(step: number): Milestone;
}

/** `undefined` once the last step stands everywhere, and on a way back that is no ramp. */
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

/** A step stands when it stands on every director that counts. */
export const slowestStep = ({ directors }: RolloutState, progress: RampProgress): number =>
  Math.min(...withoutLost(directors).map(([, director]) => progress.stepOf(director)));

/** When a step is due, in milliseconds since 1970. */
export const dueAtMs = (
  { startAtMs }: RolloutState,
  progress: RampProgress,
  step: number,
): number => startAtMs + (progress.schedule[step]?.atMs ?? 0);
