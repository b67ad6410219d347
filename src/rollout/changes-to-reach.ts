import type { Change, Snapshot } from '../domain/ipvs.ts';
import type { DirectorPlan } from '../domain/plan.ts';
import type { DirectorState, Milestone } from './director-state.ts';
import { orderChanges } from './order-changes.ts';
import { changesTo, milestoneTargets } from './service-target.ts';

/** The edits that bring a director's table to a milestone, in the order in which they are safe. */
export function changesToReach(
  plan: DirectorPlan,
  director: DirectorState,
  milestone: Milestone,
  table: Snapshot,
): readonly Change[] {
  const live = new Map(table.services.map((service) => [service.key, service]));
  const changes = milestoneTargets(plan, director, milestone).flatMap((target) => {
    const service = live.get(target.plan.service);
    return service ? changesTo(target, service) : [];
  });
  return orderChanges(changes, table);
}
