import type { ServerRole } from '../../record/rollout-record.ts';
import type { RolloutServiceView } from '../view/rollout-view.ts';
import type { ServedState, ServerState } from '../view/state.ts';

export const sum = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((total, item) => total + amount(item), 0);

export const highest = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((most, item) => Math.max(most, amount(item)), 0);

/** 0 of nothing is nothing. */
export const part = (amount: number, of: number): number => (of > 0 ? amount / of : 0);

/** A server of a rollout, and its state in the table; `now` is absent where the table lacks it. */
export interface SeenServer {
  readonly server: string;
  readonly role: ServerRole;
  readonly now: ServerState | undefined;
}

/** The servers of a rollout's service, in the table of its director. */
export function serversOf(view: RolloutServiceView, seen: ServedState): readonly SeenServer[] {
  const service = seen.services.find((one) => one.service === view.service);
  const table = new Map(service?.servers.map((one) => [one.server, one]));
  return view.servers.map(({ server, role }) => ({ server, role, now: table.get(server) }));
}

/** Connections of each server of a rollout's service since it was added, in one answer. */
export interface Counted {
  readonly atMs: number;
  readonly connections: ReadonlyMap<string, number>;
}

export const countedIn = (seen: readonly SeenServer[], atMs: number): Counted => ({
  atMs,
  connections: new Map(
    seen.flatMap(({ server, now }) => (now ? [[server, now.totals.connections] as const] : [])),
  ),
});

/** The followed servers' part of new connections; null when none came, or counters were reset. */
export function deliveredShare(
  before: Counted,
  after: Counted,
  followed: ReadonlySet<string>,
): number | null {
  const grown = [...after.connections].map(
    ([server, count]) => [server, count - (before.connections.get(server) ?? 0)] as const,
  );
  const total = sum(grown, ([, count]) => count);
  if (total === 0 || grown.some(([, count]) => count < 0)) return null;
  return sum(grown, ([server, count]) => (followed.has(server) ? count : 0)) / total;
}
