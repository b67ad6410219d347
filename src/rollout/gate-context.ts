import { courseOf, slowestStep } from './course.ts';
import { lastStep, type RolloutState } from './journal.ts';
import type { GateContext } from './ports.ts';

/** What a gate is told about the rollout. */
export function gateContext(state: RolloutState): GateContext {
  const { rollout, plan } = state;
  const course = courseOf(state);
  const standing = course ? slowestStep(state, course) : lastStep(plan);
  return {
    rollout,
    step: Math.min(standing + 1, lastStep(plan)),
    of: lastStep(plan),
    movedFraction: plan.schedule[standing]?.fraction ?? 0,
    from: plan.from,
    to: plan.to,
  };
}
