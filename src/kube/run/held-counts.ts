import type { Doubt, ServiceDecision } from '../decide/kube-view.ts';

/** How much is held in one table, by why: servers, services, or all of it. */
export function heldCounts(
  services: readonly ServiceDecision[],
  doubt: Doubt | undefined,
): ReadonlyMap<string, number> {
  const held = new Map<string, number>();
  const count = (why: string): void => void held.set(why, (held.get(why) ?? 0) + 1);
  for (const { memory } of services) {
    for (const why of memory.held.values()) count(why);
    if (memory.diff) count('somebody-else');
    if (memory.waitsFor !== undefined) count('rollout');
  }
  if (doubt && !doubt.isOver) count(doubt.why);
  return held;
}
