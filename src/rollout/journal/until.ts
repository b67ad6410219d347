import { withStepAt } from '../../planner/weights/curve.ts';
import { weightsOfStep } from '../../planner/weights/insert-step.ts';
import type { JournalBody } from '../state/journal.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/**
 * The entries that give a ramp a step at which exactly `fraction` has moved, for a rollout that stands
 * before it; none where there is such a step.
 */
export function stepEntries(
  { plan }: Pick<RolloutState, 'plan'>,
  fraction: number,
): readonly JournalBody[] {
  const { schedule, inserted: step } = withStepAt(plan.schedule, fraction);
  if (step === undefined) return [];
  const fractions = plan.schedule.map((one) => one.fraction);
  const found = plan.directors.flatMap(({ director, services }) =>
    services.map((service) => ({
      director,
      service: service.service,
      ...weightsOfStep(service, { step, fraction, fractions }),
    })),
  );
  return [
    {
      type: 'step-inserted',
      step,
      dueMs: schedule[step]?.atMs ?? 0,
      fraction,
      services: found.map(({ director, service, weights }) => ({ director, service, weights })),
    },
    ...found.flatMap(({ director, service, rescaled }): JournalBody[] =>
      rescaled ? [{ type: 'rescaled', director, service, ...rescaled }] : [],
    ),
  ];
}
