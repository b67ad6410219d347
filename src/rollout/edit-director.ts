import { changesToReach } from './changes-to-reach.ts';
import type { Milestone } from './director-state.ts';
import { directorNamed, type World } from './listing.ts';
import { afterFailure, afterSuccess, type LiveDirector } from './observation.ts';
import { overlay } from './overlay.ts';
import { directorPlan, directorState } from './rollout-state.ts';

/** How an edit went; `tookMs` is absent on failure, and 0 where there was nothing to do. */
export interface Edited {
  readonly name: string;
  readonly startedMs: number;
  readonly tookMs?: number;
  /** What is known of the director since. */
  readonly after: (live: LiveDirector) => LiveDirector;
}

export const isReached = (edited: Edited): edited is Edited & { readonly tookMs: number } =>
  edited.tookMs !== undefined;

/** One `ipvsadm` process, or none when the live table is the milestone already. */
export async function editDirector(
  world: World,
  name: string,
  milestone: Milestone,
): Promise<Edited> {
  const { clock, state, seen } = world;
  const startedMs = clock.nowMs();
  const table = seen.directors.get(name)?.table?.snapshot;
  if (!table) throw new Error(`an edit of ${name} without a listing before it`);
  const plan = directorPlan(state, name);
  const changes = changesToReach(plan, directorState(state, plan), milestone, table);
  if (changes.length === 0) {
    return { name, startedMs, tookMs: 0, after: (live) => afterSuccess(live, 'edit') };
  }
  const director = directorNamed(world, name);
  const samples = plan.services.flatMap(({ service }) => table.samples.get(service) ?? []);
  if (director.stillShows(samples) === false) {
    // Somebody was quicker: what they did is looked at before anything is written over it.
    return { name, startedMs, after: ({ table: _, ...live }) => live };
  }
  const applied = await director.apply(changes);
  const nowMs = clock.nowMs();
  if (!applied.ok) {
    const { failure } = applied;
    return { name, startedMs, after: (live) => afterFailure(live, 'edit', failure, nowMs) };
  }
  const tookMs = nowMs - startedMs;
  const snapshot = overlay(table, applied.value);
  return {
    name,
    startedMs,
    tookMs,
    after: (live) => ({
      ...afterSuccess(live, 'edit', tookMs),
      table: { atMs: nowMs, snapshot },
      sample: { atMs: nowMs, services: snapshot.samples },
    }),
  };
}
