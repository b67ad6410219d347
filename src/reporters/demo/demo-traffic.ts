import type { ServerKey, ServiceKey } from '../../domain/address.ts';

/**
 * What the clients of a simulation have lived through so far: counts that go up while the rollout
 * runs. The simulation's own statistics have this shape.
 */
export interface DemoTraffic {
  /** New connections that reached a server, by service. */
  readonly delivered: ReadonlyMap<ServiceKey, ReadonlyMap<ServerKey, number>>;
  readonly refused: number;
  readonly reset: number;
  readonly hung: number;
}
