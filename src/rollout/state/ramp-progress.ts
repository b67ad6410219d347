import type { ScheduledStep } from '../../domain/plan.ts';
import { type DirectorState, type Milestone, withoutLost } from './director-state.ts';
import type { RolloutState } from './rollout-state.ts';

/** The ramp that is being walked, forward or back. */
export interface Course {
  readonly schedule: readonly ScheduledStep[];
  /** The last of its steps that stands on a director; -1 before the first. */
  stepOf(director: DirectorState): number;
  milestoneAt(step: number): Milestone;
}

/** `undefined` once the last step stands everywhere, and on a way back that is no ramp. */
export function courseOf(state: RolloutState): Course | undefined {
  const course = rampOf(state);
  return course && slowestStep(state, course) < course.schedule.length - 1 ? course : undefined;
}

function rampOf({ phase, plan }: RolloutState): Course | undefined {
  if (phase.kind === 'ramping') {
    return {
      schedule: plan.schedule,
      stepOf: (director) => director.step,
      milestoneAt: (step) => ({ kind: 'step', step }),
    };
  }
  if (phase.kind !== 'returning' || !phase.schedule) return undefined;
  return {
    schedule: phase.schedule,
    stepOf: (director) => director.back?.step ?? -1,
    milestoneAt: (step) => ({ kind: 'back', step }),
  };
}

/** A step stands when it stands on every director that counts. */
export const slowestStep = ({ directors }: RolloutState, course: Course): number =>
  Math.min(...withoutLost(directors).map(([, director]) => course.stepOf(director)));

/** When a step is due, in milliseconds since 1970. */
export const dueAtMs = ({ startAtMs }: RolloutState, course: Course, step: number): number =>
  startAtMs + (course.schedule[step]?.atMs ?? 0);
