import type { Plan } from './plan.ts';

/** `out`: servers go to weight 0 and stay in the table. `in`: they get their weight back. */
export type MaintenanceDirection = 'out' | 'in';

/**
 * A plan in which nobody takes over: only old servers is `out`, only new ones is `in`; `undefined` is a
 * hand-over.
 */
export function maintenanceOf({
  from,
  to,
}: Pick<Plan, 'from' | 'to'>): MaintenanceDirection | undefined {
  if (to.length === 0) return 'out';
  return from.length === 0 ? 'in' : undefined;
}
