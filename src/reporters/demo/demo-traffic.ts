import type { ServerKey, ServiceKey } from '../../domain/address.ts';

/**
 * The traffic that clients of a simulation have made so far: counts that go up while the rollout
 * runs. The simulation's own statistics have this shape.
 */
export interface DemoTraffic {
  /** New connections that reached a server, by service. */
  readonly delivered: ReadonlyMap<ServiceKey, ReadonlyMap<ServerKey, number>>;
  readonly refused: number;
  readonly reset: number;
  readonly hung: number;
}
