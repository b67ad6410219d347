import type { Diagnostic } from '../../domain/failure.ts';
import {
  baseOf,
  type CountedService,
  type Floors,
  floorOf,
  isKept,
  leastOf,
  type ServiceFloor,
} from '../../domain/floor/floor.ts';
import {
  absencesText,
  capacityText,
  floorText,
  roomCommand,
} from '../../domain/floor/floor-words.ts';
import { shortList } from '../../domain/printable.ts';
import type { Advice } from '../../domain/printed-command.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import { lowestCapacity, type Steps, stepsOf, takesWeight } from './planned-capacity.ts';

/** The services of one director's table, counted. */
export interface CountedTable {
  readonly director: string;
  readonly services: readonly CountedService[];
}

export interface FlooredPlan {
  /** The plan with the floors of its services, which each step keeps; without them where somebody insists. */
  readonly plan: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Holds a plan against the floors of its services: an error for each service that it would take below its
 * floor, on any director, or with `force` a warning that says what is passed over.
 */
export function examineFloors(
  plan: Plan,
  tables: readonly CountedTable[],
  { floors, force }: { readonly floors: Floors; readonly force: boolean },
): FlooredPlan {
  const diagnostics: Diagnostic[] = [];
  const steps = stepsOf(plan);
  const directors = plan.directors.map((director) => {
    const counted = tables.find((table) => table.director === director.director);
    const services = director.services.map((before): ServicePlan => {
      const { floor: _, ...service } = before;
      const found = floorOf(floors, service.service);
      const own = counted?.services.find((one) => one.service === service.service);
      if (!found || !own) return service;
      const floor: ServiceFloor = { floor: found, base: baseOf(own) };
      const short = undercut(service, own, { floor, steps });
      if (short) diagnostics.push(belowFloor(service, own, { floor, short }));
      return force ? service : { ...service, floor };
    });
    return { ...director, services };
  });
  const unique = [
    ...new Map(diagnostics.map((one) => [`${one.service} ${one.message}`, one])).values(),
  ];
  return {
    plan: { ...plan, directors },
    diagnostics: force ? unique.map(passedOver) : unique,
  };
}

/** The words on what is left where a plan undercuts the floor; `undefined` where it keeps it. */
function undercut(
  plan: ServicePlan,
  counted: CountedService,
  of: { readonly floor: ServiceFloor; readonly steps: Steps },
): string | undefined {
  if (!takesWeight(plan, of.steps)) return undefined;
  const lowest = lowestCapacity(plan, counted, of);
  return isKept(of.floor, lowest) ? undefined : capacityText(of.floor, lowest);
}

function belowFloor(
  { service, oldServers, newServers }: ServicePlan,
  { absences }: CountedService,
  { floor, short }: { readonly floor: ServiceFloor; readonly short: string },
): Diagnostic {
  const moved = oldServers.length > 0 ? oldServers : newServers;
  const others = absences.filter(({ server }) => !moved.includes(server));
  const room = roomCommand(others);
  const next: Advice = room
    ? ['bring one back first: ', room, '; or insist with --force']
    : 'wait until there is more capacity, or insist with --force';
  return {
    severity: 'error',
    kind: 'preflight',
    code: 'below-floor',
    service,
    message: `${sentence(floor)}, and without ${shortList(moved)} it would have ${short}${absencesText(others)}`,
    next,
  };
}

/** `it keeps 3 of 4 servers (minServing: 3)`. */
const sentence = (of: ServiceFloor): string =>
  of.floor.kind === 'count'
    ? `its floor is ${capacityText(of, { servers: leastOf(of), weight: 0 })} (minServing: ${floorText(of.floor)})`
    : `its floor is ${floorText(of.floor)} of its weight (minServing: ${floorText(of.floor)})`;

const passedOver = ({ kind: _, next: __, ...found }: Diagnostic): Diagnostic => ({
  ...found,
  severity: 'warning',
  message: `${found.message}; passed over, as asked for with --force`,
});
