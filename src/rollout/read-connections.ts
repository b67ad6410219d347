import type { DrainWatch } from './drain-verdict.ts';
import { lookAtDirectors, type Observed, type World } from './listing.ts';

/** What reading the connection table costs beyond any other command may take this part of the time. */
const lookShare = 0.1;

/** Reads the connection tables, with a listing for the edit that may follow, and judges again. */
export async function lookAtConnections(world: World): Promise<Observed> {
  const { clock, state } = world;
  const startedMs = clock.nowMs();
  const observed = await lookAtDirectors(world);
  const { seen, tables } = observed;
  const usualMs = Math.max(...[...seen.directors.values()].map((live) => live.commandMs));
  const extraMs = Math.max(0, clock.nowMs() - startedMs - usualMs);
  const restMs = Math.max(state.plan.policy.pollMs, extraMs / lookShare);
  // Where one director said nothing, its connections are not known to be still open.
  const openMs = tables ? openForS([...seen.watches.values()]) * 1_000 : 0;
  return { ...observed, seen: { ...seen, nextLookMs: startedMs + Math.max(restMs, openMs) } };
}

/** Until then no look can find a server empty that the counters do not show as empty. */
function openForS(watches: readonly DrainWatch[]): number {
  const open = watches
    .filter(({ verdict }) => verdict.kind !== 'drained')
    .map(({ verdict, holders }) => (verdict.kind === 'draining' ? (holders?.openForS ?? 0) : 0));
  return open.length === 0 ? 0 : Math.min(...open);
}
