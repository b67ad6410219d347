import type { ServerName, ServiceKey } from '../../domain/address.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import type { GateSet } from '../../domain/health/gate.ts';
import type { RealServer } from '../../domain/ipvs/ipvs.ts';
import type { Move, RampRequest, RolloutPolicy } from '../../domain/rollout/plan.ts';
import type { TimeWindow } from '../../domain/time/windows.ts';
import type { MovingSelection } from '../maintenance/own-ramp.ts';

/** A server of a move, and the weight that it is to have in each service. */
export interface WeightedServer {
  /** Without a port, of `weight`: every port of that address. */
  readonly name: ServerName;
  /** Absent, of `add`: the mean of the service's servers that have weight. */
  readonly weight?: number;
}

/** `drain add` and `drain weight`, with every name resolved to an address. */
export interface MoveRequest {
  readonly move: Move;
  readonly servers: readonly WeightedServer[];
  readonly services?: readonly ServiceKey[];
  readonly ramp: RampRequest;
  readonly policy: RolloutPolicy;
  /** Lets a service's last weight go. */
  readonly force: boolean;
  readonly gates?: GateSet;
  /** Times of the week in which steps may be taken. */
  readonly windows?: readonly TimeWindow[];
  /** Directors need not hold the same servers with the same weights. */
  readonly allowDifferences?: boolean;
}

/** A service with the target weights of the request's servers, and with its bystanders. */
export interface MoveSelection extends MovingSelection {
  readonly moving: readonly MovingServer[];
}

export interface MovingServer {
  readonly server: RealServer;
  readonly target: number;
  /** Whether the service does not hold the server yet. */
  readonly added: boolean;
}

export interface SelectedMove {
  readonly selections: readonly MoveSelection[];
  readonly diagnostics: readonly Diagnostic[];
}
