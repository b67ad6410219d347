import type { ServerName, ServiceKey } from '../../domain/address.ts';
import type { CheckSpec } from '../../domain/health/gate.ts';
import type { MaintenanceDirection } from '../../domain/rollout/maintenance.ts';
import type { RampRequest, RolloutPolicy } from '../../domain/rollout/plan.ts';

/** `drain out` and `drain in`, with every name resolved to an address. */
export interface MaintenanceRequest {
  readonly direction: MaintenanceDirection;
  /**
   * Names of servers; one without a port means every port of that address. Each service takes those
   * that it holds.
   */
  readonly servers: readonly ServerName[];
  readonly services?: readonly ServiceKey[];
  readonly ramp: RampRequest;
  readonly policy: RolloutPolicy;
  /** Lets an `out` take a service's last weight, and an `in` forget servers gone from the table. */
  readonly force: boolean;
  /** The health check that the servers of an `in` must pass all through the ramp. */
  readonly check?: CheckSpec;
  /**
   * The weight that an `in` gives each server in each service, instead of the weight from before.
   */
  readonly weight?: number;
  /** Directors need not hold the same servers with the same weights. */
  readonly allowDifferences?: boolean;
}
