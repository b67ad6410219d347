import type { DrainWatch } from './drain-verdict.ts';
import { countingNames, directorNamed, type World } from './listing.ts';
import { type ConnectionTables, judgeLeaving } from './look.ts';
import { afterFailure, type Observation, withDirector } from './observation.ts';

export interface Looked {
  readonly seen: Observation;
  /** Absent when a director did not answer. */
  readonly tables?: ConnectionTables;
}

/** What reading the connection table costs beyond any other command may take this part of the time. */
const lookShare = 0.1;

/** Reads the connection tables and judges again; the counters stay those of the last sample. */
export async function lookAtConnections(world: World): Promise<Looked> {
  const { clock, state } = world;
  const startedMs = clock.nowMs();
  const answers = await Promise.all(
    countingNames(world).map(async (name) => ({
      name,
      table: await directorNamed(world, name).connections(),
    })),
  );
  const nowMs = clock.nowMs();
  let { seen } = world;
  for (const { name, table } of answers) {
    if (table.ok) continue;
    seen = withDirector(seen, name, (live) => afterFailure(live, 'listing', table.failure, nowMs));
  }
  const usualMs = Math.max(...[...seen.directors.values()].map((live) => live.commandMs));
  const extraMs = Math.max(0, nowMs - startedMs - usualMs);
  const restMs = Math.max(state.plan.policy.pollMs, extraMs / lookShare);
  seen = { ...seen, nextLookMs: startedMs + restMs };
  const byDirector = new Map(
    answers.flatMap(({ name, table }) => (table.ok ? [[name, table.value] as const] : [])),
  );
  if (byDirector.size < answers.length) return { seen };
  const tables: ConnectionTables = { atMs: startedMs, byDirector };
  const watches = judgeLeaving(state, seen, tables);
  const nextLookMs = Math.max(seen.nextLookMs, startedMs + openForS([...watches.values()]) * 1_000);
  return { tables, seen: { ...seen, watches, nextLookMs } };
}

/** Until then no look can find a server empty that the counters do not show as empty. */
function openForS(watches: readonly DrainWatch[]): number {
  const open = watches
    .filter(({ verdict }) => verdict.kind !== 'drained')
    .map(({ verdict, holders }) => (verdict.kind === 'draining' ? (holders?.openForS ?? 0) : 0));
  return open.length === 0 ? 0 : Math.min(...open);
}
