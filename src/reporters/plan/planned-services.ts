import { printable } from '../../domain/printable.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';

/** A service of the plan, with all the directors on which it is planned alike. */
export interface PlannedService {
  readonly service: ServicePlan;
  /** `tcp/10.0.0.100:80`, and which director where there are several: `tcp/10.0.0.100:80 on lb1, lb2`. */
  readonly title: string;
}

/** The services in the plan's order; directors that hold the same table share one entry. */
export function plannedServices({ directors }: Plan): readonly PlannedService[] {
  const found = new Map<string, { readonly service: ServicePlan; readonly directors: string[] }>();
  for (const { director, services } of directors) {
    for (const service of services) {
      const alike = found.get(shape(service));
      if (alike) alike.directors.push(director);
      else found.set(shape(service), { service, directors: [director] });
    }
  }
  return [...found.values()].map((planned) => {
    const name = printable(planned.service.service);
    const on = planned.directors.map((director) => printable(director)).join(', ');
    return { service: planned.service, title: directors.length > 1 ? `${name} on ${on}` : name };
  });
}

/** The parts of a service plan that are shown. */
function shape(plan: ServicePlan): string {
  const { service, scheduler, baseline, servers, oldServers, added, steps, finalWeights } = plan;
  return JSON.stringify([
    service,
    scheduler,
    baseline.scheduler,
    plan.restoresScheduler,
    servers,
    oldServers,
    added.map((server) => server.key),
    steps,
    finalWeights,
    plan.scale,
  ]);
}
