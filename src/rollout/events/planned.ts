import type { ServiceKey } from '../../domain/address.ts';
import type { EventBody, PlannedService } from '../../domain/events/event.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import { warningText } from '../../domain/rollout/rollout-status.ts';

/**
 * `planned`: the steps of every service; a service that its directors have alike is listed once.
 */
export function plannedEvent(plan: Plan): EventBody {
  return {
    type: 'planned',
    services: plannedServices(plan),
    from: plan.from,
    to: plan.to,
    ...(plan.move ? { move: plan.move } : {}),
    ...(plan.names ? { names: plan.names } : {}),
    overMs: plan.overMs,
    everyMs: plan.everyMs,
    ...(plan.until === undefined ? {} : { until: plan.until }),
  };
}

function plannedServices(plan: Plan): readonly PlannedService[] {
  const byService = new Map<ServiceKey, Map<string, PlannedService>>();
  for (const { director, services } of plan.directors) {
    for (const service of services) {
      const planned = plannedService(plan, service);
      const variants = byService.get(service.service) ?? new Map<string, PlannedService>();
      byService.set(service.service, variants);
      const text = JSON.stringify(planned);
      if (!variants.has(text)) variants.set(text, { ...planned, director });
    }
  }
  return [...byService.values()].flatMap((variants) => {
    const [only, ...others] = variants.values();
    if (!only || others.length > 0) return [...variants.values()];
    const { director: _, ...planned } = only;
    return [planned];
  });
}

const plannedService = ({ schedule }: Plan, service: ServicePlan): PlannedService => ({
  service: service.service,
  scheduler: service.scheduler,
  steps: schedule.map(({ atMs }, step) => ({
    step,
    atMs,
    weights: Object.fromEntries(
      service.servers.map((server, index) => [server, service.steps[step]?.[index] ?? 0]),
    ),
  })),
});

/** The plan and the planner's warnings, before the rollout begins. */
export const plannedEvents = (
  plan: Plan,
  warnings: readonly Diagnostic[],
): readonly EventBody[] => [plannedEvent(plan), ...warnings.map(warningEvent)];

const warningEvent = (found: Diagnostic): EventBody => ({
  type: 'warning',
  code: found.code,
  message: warningText(found),
  ...(found.service === undefined ? {} : { service: found.service }),
});
