import type { DrainEvent } from '../../domain/events/event.ts';
import type { Plan, ScheduledStep } from '../../domain/rollout/plan.ts';
import type { LiveService, WeightsByName } from './live-view.ts';

/** The services of a plan before anything has happened to them. */
export function plannedServices({ directors }: Plan): readonly LiveService[] {
  return directors.flatMap(({ director, services }) =>
    services.map((service): LiveService => {
      const { servers, steps, oldServers, newServers, finalWeights } = service;
      const named = (weights: readonly number[]): WeightsByName =>
        new Map(servers.map((server, index) => [server, weights[index] ?? 0]));
      const firstWeights = named(steps[0] ?? []);
      return {
        director,
        service: service.service,
        oldServers,
        newServers,
        step: 0,
        of: 0,
        moved: 0,
        weights: firstWeights,
        firstWeights,
        finalWeights: named(finalWeights),
        connections: new Map(),
        mostActive: 0,
        leaving: new Map(),
      };
    }),
  );
}

/** The times at which steps are due, by a `planned` event; each step tells how much it moves. */
export function plannedSteps({
  services,
}: Extract<DrainEvent, { readonly type: 'planned' }>): readonly ScheduledStep[] {
  return (services[0]?.steps ?? []).map(({ atMs }) => ({ atMs, fraction: 0 }));
}
