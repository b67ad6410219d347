import type { DrainEvent } from '../../src/domain/events/event.ts';

type StepApplied = DrainEvent & { readonly type: 'step-applied' };

/** A step of one director and service, and when its edit began at the earliest. */
export interface TimedStep {
  readonly event: StepApplied;
  readonly begunMs: number;
}

/**
 * The steps of a rollout over one service that nothing shifted. An event comes when its step is in the
 * journal, which takes a busy disk seconds; the edit began at the step's due time and as late as it says.
 */
export function timedSteps(events: readonly DrainEvent[]): readonly TimedStep[] {
  const applied = events.filter((event): event is StepApplied => event.type === 'step-applied');
  const dueAfterMs = new Map(
    events.flatMap((event) =>
      event.type === 'planned'
        ? event.services.flatMap(({ steps }) =>
            steps.map(({ step, atMs }) => [step, atMs] as const),
          )
        : [],
    ),
  );
  const begunAfterMs = ({ step, lateMs }: StepApplied): number =>
    (dueAfterMs.get(step) ?? 0) + lateMs;
  const startMs = Math.min(
    ...applied.map((event) => Date.parse(event.at) - event.applyMs - begunAfterMs(event)),
  );
  return applied.map((event) => ({ event, begunMs: startMs + begunAfterMs(event) }));
}
