import { gotConnections } from '../observe/got-connections.ts';
import type { Observation } from '../observe/observation.ts';
import type { GateContext } from '../ports.ts';
import { rampProgressOf, slowestStep } from '../state/ramp-progress.ts';
import { lastStep, type RolloutState } from '../state/rollout-state.ts';

/** The context of the rollout that a gate is told. */
export function gateContext(
  state: RolloutState,
  seen: Pick<Observation, 'directors'> = { directors: new Map() },
): GateContext {
  const { rollout, plan } = state;
  const progress = rampProgressOf(state);
  const standing = progress ? slowestStep(state, progress) : lastStep(plan);
  return {
    rollout,
    step: Math.min(standing + 1, lastStep(plan)),
    of: lastStep(plan),
    movedFraction: plan.schedule[standing]?.fraction ?? 0,
    from: plan.from,
    to: plan.to,
    connections: gotConnections(plan, seen),
  };
}
