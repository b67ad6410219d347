import { exitCodeOf, type Result } from '../../domain/failure.ts';
import type { Audience, Outcome } from '../audience.ts';
import { runPlan } from '../conduct/run-plan.ts';
import type { ControlPorts, OpenFleet } from '../ports.ts';
import type { PlanFailure, PlannedRollout } from './planned-rollout.ts';

/** A rollout of a plan file, planned when its turn comes. */
export interface SequenceItem {
  readonly plan: (ports: ControlPorts) => Promise<Result<PlannedRollout, PlanFailure>>;
  readonly dryRun: boolean;
  readonly audience: Audience;
}

/**
 * The rollouts of a plan file one after the other, each with its own plan, made from the table as it is by
 * then, its own journal and id. The first that does not end with exit code 0 is the last. `first` is the
 * place of `items[0]` in the file, counted from 1, `count` the number of rollouts there.
 */
export async function runSequence(
  ports: ControlPorts,
  items: readonly SequenceItem[],
  { first, count }: { readonly first: number; readonly count: number },
): Promise<Outcome> {
  const shared = { ...ports, openDirectors: sharing(ports.openDirectors) };
  for (const [index, { plan, dryRun, audience }] of items.entries()) {
    const planned = await plan(shared);
    const outcome = planned.ok
      ? await runPlan(shared, { ...planned.value, dryRun }, audience)
      : refused(audience, planned.failure);
    const { exitCode } = outcome;
    if (exitCode === 0) continue;
    audience.note({ kind: 'sequence-stopped', number: first + index, count, exitCode });
    return outcome;
  }
  return { kind: 'several', exitCode: 0 };
}

function refused(audience: Audience, failures: PlanFailure): Outcome {
  audience.note({ kind: 'not-planned', failures });
  return { kind: 'refused', exitCode: exitCodeOf(failures[0]?.kind ?? 'usage') };
}

/** Opens the same directors for all rollouts: a simulated one has a table that only it knows. */
function sharing(open: ControlPorts['openDirectors']): ControlPorts['openDirectors'] {
  const opened = new Map<string, Promise<Result<OpenFleet>>>();
  return (specs, pace) => {
    const key = JSON.stringify([specs, pace]);
    const fleet = opened.get(key) ?? open(specs, pace);
    opened.set(key, fleet);
    return fleet;
  };
}
