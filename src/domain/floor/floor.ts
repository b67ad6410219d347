import type { ServerKey, ServiceKey } from '../address.ts';

/**
 * The capacity that a service keeps whoever takes servers out, `minServing`: so many servers that have
 * weight, or a share of the weight that all of them have together when nobody is out.
 */
export type Floor =
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number };

/** The floors of a config file: one for every service, and those of single services. */
export interface Floors {
  readonly all?: Floor;
  readonly services: readonly (readonly [service: ServiceKey, floor: Floor])[];
}

export const noFloors: Floors = { services: [] };

export const hasFloors = ({ all, services }: Floors): boolean =>
  all !== undefined || services.length > 0;

export const floorOf = ({ all, services }: Floors, service: ServiceKey): Floor | undefined =>
  services.find(([key]) => key === service)?.[1] ?? all;

/** Servers that have weight, and that weight; on the scale of the table without rollouts. */
export interface Capacity {
  readonly servers: number;
  readonly weight: number;
}

export const noCapacity: Capacity = { servers: 0, weight: 0 };

export const sumOf = (all: readonly Capacity[]): Capacity =>
  all.reduce(
    (sum, { servers, weight }) => ({ servers: sum.servers + servers, weight: sum.weight + weight }),
    noCapacity,
  );

/** A floor, and the capacity of its service when nobody is out. */
export interface ServiceFloor {
  readonly floor: Floor;
  readonly base: Capacity;
}

/**
 * The least that has to serve: servers, or weight. A service with fewer servers than its floor needs all of
 * them. `3` of 4 servers is 3, `3` of 2 is 2; `50%` of the weights 80, 10 and 10 is 50.
 */
export function leastOf({ floor, base }: ServiceFloor): number {
  return floor.kind === 'count'
    ? Math.min(floor.count, base.servers)
    : (floor.percent * base.weight) / 100;
}

/** The capacity in the unit of the floor. */
export const measured = ({ floor }: Pick<ServiceFloor, 'floor'>, capacity: Capacity): number =>
  floor.kind === 'count' ? capacity.servers : capacity.weight;

/** Weights of a ramp are rounded on their way back to the scale of the table. */
const rounding = 1e-6;

/** Tells whether the floor is kept with this much serving. */
export function isKept(of: ServiceFloor, serving: Capacity): boolean {
  const least = leastOf(of);
  return measured(of, serving) >= least - rounding * Math.max(1, least);
}

/** Servers that count together: one, or the old and new ones of a hand-over that is not over. */
export interface CountedPart {
  readonly servers: readonly ServerKey[];
  readonly base: Capacity;
  readonly serving: Capacity;
}

/** A service with all its servers counted, and those that do not serve in full. */
export interface CountedService {
  readonly service: ServiceKey;
  readonly parts: readonly CountedPart[];
  readonly absences: readonly Absence[];
}

/** A server that is out of service, or has a part of its weight, and by whom. */
export interface Absence {
  readonly server: ServerKey;
  /** The name by which an operator called it. */
  readonly name?: string | undefined;
  readonly by: 'operator' | 'health' | 'cluster' | 'rollout';
  readonly sinceMs?: number | undefined;
  /** The rollout that took it out. */
  readonly rollout?: string | undefined;
  /** The words of a cluster: its name, the node, the cause. */
  readonly detail?: string | undefined;
  /** The state that has the mark, where it is another one. */
  readonly state?: string | undefined;
}

export const servingOf = ({ parts }: Pick<CountedService, 'parts'>): Capacity =>
  sumOf(parts.map(({ serving }) => serving));

export const baseOf = ({ parts }: Pick<CountedService, 'parts'>): Capacity =>
  sumOf(parts.map(({ base }) => base));
