import type { DrainWatch } from './drain-verdict.ts';
import { lookAtDirectors, type Observed, type World } from './listing.ts';
import type { ConnectionTables } from './look.ts';

/** What reading the connection table costs beyond any other command may take this part of the time. */
const lookShare = 0.1;
/** So few are read in no time: if it took long, the machine was busy, and may not be the next time. */
const fewConnections = 10_000;

/** Reads the connection tables, with a listing for the edit that may follow, and judges again. */
export async function lookAtConnections(world: World): Promise<Observed> {
  const { clock, state } = world;
  const startedMs = clock.nowMs();
  const observed = await lookAtDirectors(world);
  const { seen, tables } = observed;
  const usualMs = Math.max(...[...seen.directors.values()].map((live) => live.commandMs));
  const extraMs = Math.max(0, clock.nowMs() - startedMs - usualMs);
  const isShort = tables && mostEntries(tables) <= fewConnections;
  const restMs = Math.max(state.plan.policy.pollMs, isShort ? 0 : extraMs / lookShare);
  // Where one director said nothing, its connections are not known to be still open.
  const openMs = tables ? openForS([...seen.watches.values()]) * 1_000 : 0;
  return { ...observed, seen: { ...seen, nextLookMs: startedMs + Math.max(restMs, openMs) } };
}

const mostEntries = ({ byDirector }: ConnectionTables): number =>
  Math.max(...[...byDirector.values()].map(({ entries }) => entries.length));

/** Until then no look can find a server empty that the counters do not show as empty. */
function openForS(watches: readonly DrainWatch[]): number {
  const open = watches
    .filter(({ verdict }) => verdict.kind !== 'drained')
    .map(({ verdict, holders }) => (verdict.kind === 'draining' ? (holders?.openForS ?? 0) : 0));
  return open.length === 0 ? 0 : Math.min(...open);
}
