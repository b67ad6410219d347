import type { ServerName, ServiceKey } from '../../domain/address.ts';
import type { CheckSpec } from '../../domain/health/gate.ts';
import type { RealServer, VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { MaintenanceDirection } from '../../domain/rollout/maintenance.ts';
import type { RampRequest, RolloutPolicy } from '../../domain/rollout/plan.ts';

/** `drain out` and `drain in`, with every name resolved to an address. */
export interface MaintenanceRequest {
  readonly direction: MaintenanceDirection;
  /** Without a port: on every port of that address. Each service takes those that it holds. */
  readonly servers: readonly ServerName[];
  readonly services?: readonly ServiceKey[];
  readonly ramp: RampRequest;
  readonly policy: RolloutPolicy;
  /** `out`: a service may be left without weight. `in`: what has left the table is forgotten. */
  readonly force: boolean;
  /** `in`: held against it all through the ramp. */
  readonly check?: CheckSpec;
  /** `in`: what each server gets in each service, instead of the weight from before. */
  readonly weight?: number;
  /** Directors need not hold the same servers with the same weights. */
  readonly allowDifferences?: boolean;
}

/** One service, and whose weight becomes what in it. */
export interface MaintenanceSelection {
  readonly service: VirtualService;
  readonly moving: readonly { readonly server: RealServer; readonly target: number }[];
  readonly bystanders: readonly RealServer[];
}
