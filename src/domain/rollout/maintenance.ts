import type { ServiceKey } from '../address.ts';
import type { CheckSpec } from '../health/gate.ts';
import type { Move, Plan, RampRequest, RolloutPolicy } from './plan.ts';

/** `out`: servers go to weight 0 and stay in the table. `in`: they get their weight back. */
export type MaintenanceDirection = 'out' | 'in';

/** The servers that a plan moves, and what it is to them. */
export interface MovedSides extends Pick<Plan, 'from' | 'to'> {
  readonly move?: Move | undefined;
}

/**
 * A plan in which nobody takes over: only old servers is `out`, only new ones is `in`; `undefined` is a
 * hand-over, or a move.
 */
export function maintenanceOf({ from, to, move }: MovedSides): MaintenanceDirection | undefined {
  if (move) return undefined;
  if (to.length === 0) return 'out';
  return from.length === 0 ? 'in' : undefined;
}

/** Whether new servers take over from old ones; without, a plan ends on the scale of the table. */
export const isHandOver = ({ from, to }: Pick<Plan, 'from' | 'to'>): boolean =>
  from.length > 0 && to.length > 0;

/** The word for a server's role in a plan: one that only gets another weight is not new. */
export const roleWord = <Role extends string>(
  role: Role,
  move: Move | undefined,
): Role | 'moved' => (role === 'new' && move === 'weight' ? 'moved' : role);

/** Terms on which servers are taken out or brought in, whoever asks. */
export interface MaintenanceTerms {
  readonly ramp: RampRequest;
  readonly policy: RolloutPolicy;
  readonly services?: readonly ServiceKey[];
  /** Whether directors may hold different tables. */
  readonly allowDifferences: boolean;
  /** `in`: the check passed before a server gets weight, and all through the ramp. */
  readonly check?: CheckSpec;
  /** The time that a server may take to pass `check`; milliseconds. */
  readonly checkWithinMs: number;
  /** `in`: the weight of each server in each service, instead of the weight from before. */
  readonly weight?: number;
}
