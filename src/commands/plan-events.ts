import type { EventBody } from '../domain/event.ts';
import type { Diagnostic } from '../domain/failure.ts';
import type { Plan } from '../domain/plan.ts';
import { plannedEvent } from '../rollout/planned-event.ts';

/** What is to be known of a rollout before it begins. */
export const planEvents = (plan: Plan, warnings: readonly Diagnostic[]): readonly EventBody[] => [
  plannedEvent(plan),
  ...warnings.map(warningEvent),
];

const warningEvent = ({ code, message, next, service }: Diagnostic): EventBody => ({
  type: 'warning',
  code,
  message: next ? `${message}; ${next}` : message,
  ...(service === undefined ? {} : { service }),
});
