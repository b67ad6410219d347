import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { DirectorPlan, Plan } from '../../domain/rollout/plan.ts';
import type { RecentTotals, SideConnections } from '../ports.ts';
import { drainKey } from '../state/director-state.ts';

/** The connections that the old and the new servers of one director have got in this rollout. */
export interface GotConnections {
  readonly atMs: number;
  readonly servers: ReadonlyMap<string, ServerCount>;
}

interface ServerCount {
  readonly got: number;
  /** The kernel's own count at that time. */
  readonly counted: number;
}

/**
 * The connections with those of one more listing. A server that the rollout has added counts from its
 * first connection on, one that was in the table from the first listing on; counters that somebody has
 * set to zero, or that began anew with their server, count from there.
 */
export function withGot(
  before: GotConnections | undefined,
  plan: DirectorPlan,
  { atMs, totals }: RecentTotals,
): GotConnections {
  if (before && atMs <= before.atMs) return before;
  const servers = new Map<string, ServerCount>();
  for (const { service, added, oldServers, newServers } of plan.services) {
    const now = totals.get(service);
    for (const server of [...oldServers, ...newServers]) {
      const key = drainKey(service, server);
      const counted = now?.get(server)?.connections ?? 0;
      const isAdded = added.some((one) => one.key === server);
      const known = before?.servers.get(key) ?? { got: 0, counted: isAdded ? 0 : counted };
      const more = counted < known.counted ? counted : counted - known.counted;
      servers.set(key, { got: known.got + more, counted });
    }
  }
  return { atMs, servers };
}

/** The connections of either side on all directors; `undefined` before the first count. */
export function gotConnections(
  { directors }: Pick<Plan, 'directors'>,
  seen: { readonly directors: ReadonlyMap<string, { readonly got?: GotConnections }> },
): SideConnections | undefined {
  const counted = directors.flatMap((plan) => {
    const got = seen.directors.get(plan.director)?.got;
    return got ? [{ plan, got }] : [];
  });
  if (counted.length === 0) return undefined;
  const sum = (side: 'newServers' | 'oldServers'): number => {
    let all = 0;
    for (const { plan, got } of counted) {
      for (const service of plan.services) {
        for (const server of service[side]) all += countOf(got, service.service, server);
      }
    }
    return all;
  };
  return { new: sum('newServers'), old: sum('oldServers') };
}

const countOf = ({ servers }: GotConnections, service: ServiceKey, server: ServerKey): number =>
  servers.get(drainKey(service, server))?.got ?? 0;
