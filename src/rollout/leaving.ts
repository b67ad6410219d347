import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { drainKey } from './director-state.ts';
import { directorState, type RolloutState } from './journal.ts';
import type { Observation } from './observation.ts';

/** A server that has to become empty before it leaves the table. */
export interface Leaving {
  readonly key: string;
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly directors: readonly string[];
}

/** The servers still to be emptied, in every service and on every director that holds them. */
export function leavingServers(state: RolloutState): readonly Leaving[] {
  const back = state.phase.kind === 'returning';
  const found = new Map<string, { -readonly [K in keyof Leaving]: Leaving[K] }>();
  for (const directorPlan of state.plan.directors) {
    const { director, services } = directorPlan;
    if (back && directorState(state, directorPlan).step < 0) continue;
    for (const plan of services) {
      const servers = back ? plan.added.map((server) => server.key) : plan.oldServers;
      for (const server of servers) {
        const key = drainKey(plan.service, server);
        const known = found.get(key);
        if (known) known.directors = [...known.directors, director];
        else found.set(key, { key, server, service: plan.service, directors: [director] });
      }
    }
  }
  return [...found.values()];
}

/** No director holds it any more. */
export const isGone = (state: RolloutState, { key, directors }: Leaving): boolean =>
  directors.every((name) => state.directors.get(name)?.removed.has(key));

/** The live tables do not show it any more, on any director. */
export const isAbsent = (seen: Observation, { service, server, directors }: Leaving): boolean =>
  directors.every((name) => {
    const sample = seen.directors.get(name)?.sample?.services.get(service);
    return sample !== undefined && !sample.servers.has(server);
  });

/** `--keep`: its service has its final weights, and it stays in the table. */
export const isKept = ({ directors, plan }: RolloutState, leaving: Leaving): boolean =>
  plan.policy.keep &&
  leaving.directors.every((name) => directors.get(name)?.finished.has(leaving.service));

/** Connections that keep a server: as its verdict counts them, else all its counters show. */
export function connectionsOf(seen: Observation, leaving: Leaving): number {
  const verdict = seen.watches.get(leaving.key)?.verdict;
  if (verdict?.kind === 'draining') return verdict.connections;
  return leaving.directors.reduce((sum, name) => {
    const sample = seen.directors.get(name)?.sample?.services.get(leaving.service);
    const counts = sample?.servers.get(leaving.server);
    return sum + (counts ? counts.activeConn + counts.inActConn : 0);
  }, 0);
}
