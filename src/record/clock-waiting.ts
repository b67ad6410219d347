import type { DrainEvent } from '../domain/events/event.ts';

type Waiting = Extract<DrainEvent, { readonly type: 'waiting' }>;

/** The last event that a step waits for a time of day, where nothing has ended that wait since. */
export function clockWaitingIn(events: readonly DrainEvent[]): Waiting | undefined {
  const last = events.findLast(({ type }) => type === 'waiting' || endsClockWait(type));
  return last?.type === 'waiting' ? last : undefined;
}

/** Whether after an event of this type nothing waits for a time of day any more. */
export const endsClockWait = (type: DrainEvent['type']): boolean => ends.has(type);

const ends: ReadonlySet<DrainEvent['type']> = new Set([
  'step-applied',
  'paused',
  'held',
  'continued',
  'quiesced',
  'rollback-started',
  'finished',
]);
