import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { drainKey } from '../state/director-state.ts';
import { directorState, type RolloutState } from '../state/rollout-state.ts';
import type { Observation } from './observation.ts';

/** A server that has to become empty before it leaves the table. */
export interface DrainingServer {
  readonly key: string;
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly directors: readonly string[];
}

/** The servers still to be emptied, in every service and on every director that holds them and counts. */
export function drainingServers(state: RolloutState): readonly DrainingServer[] {
  const back = state.phase.kind === 'rolling-back';
  const found = new Map<string, { -readonly [K in keyof DrainingServer]: DrainingServer[K] }>();
  for (const directorPlan of state.plan.directors) {
    const { director, services } = directorPlan;
    const { step, lost } = directorState(state, directorPlan);
    if (lost || (back && step < 0)) continue;
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

/** The directors in groups that hold the same connections; most are alone in theirs. */
export function copiesOf(plan: Plan, directors: readonly string[]): readonly (readonly string[])[] {
  const groups = new Map<string, readonly string[]>();
  for (const name of directors) {
    const planned = plan.directors.find(({ director }) => director === name);
    const group = planned?.syncGroup === undefined ? name : `sync ${planned.syncGroup}`;
    groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return [...groups.values()];
}

/** Tells whether the server is removed on every director, by the journal. */
export const isGone = (state: RolloutState, { key, directors }: DrainingServer): boolean =>
  directors.every((name) => state.directors.get(name)?.removed.has(key));

/** Tells whether no live table shows the server any more. */
export const isAbsent = (
  seen: Observation,
  { service, server, directors }: DrainingServer,
): boolean =>
  directors.every((name) => {
    const sample = seen.directors.get(name)?.sample?.services.get(service);
    return sample !== undefined && !sample.servers.has(server);
  });

/** Tells whether `--keep` leaves the server in the table: its service has its final weights. */
export const isKept = ({ directors, plan }: RolloutState, draining: DrainingServer): boolean =>
  plan.policy.keep &&
  draining.directors.every((name) => directors.get(name)?.finished.has(draining.service));

/** Connections that keep a server: as its verdict counts them, else all its counters show. */
export function connectionsOf(plan: Plan, seen: Observation, draining: DrainingServer): number {
  const verdict = seen.watches.get(draining.key)?.verdict;
  if (verdict?.kind === 'draining') return verdict.connections;
  return copiesOf(plan, draining.directors).reduce(
    (sum, names) => sum + Math.max(...names.map((name) => countedOn(seen, draining, name))),
    0,
  );
}

/** The connections that the counters of one director showed last, active and inactive. */
export function countedOn(seen: Observation, draining: DrainingServer, director: string): number {
  const sample = seen.directors.get(director)?.sample?.services.get(draining.service);
  const counts = sample?.servers.get(draining.server);
  return counts ? counts.activeConn + counts.inActConn : 0;
}
