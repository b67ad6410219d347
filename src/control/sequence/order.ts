import type { MoveSettings } from '../../config/settings/move-settings.ts';
import type { RetirementSettings } from '../../config/settings/retirement-settings.ts';
import type { Settings } from '../../config/settings/settings.ts';
import type { Result } from '../../domain/failure.ts';
import { hasFloors, noFloors } from '../../domain/floor/floor.ts';
import type { SequencedOrder } from '../../domain/rollout/sequence.ts';
import { planHandOver } from '../apply/hand-over.ts';
import { planMove } from '../apply/move.ts';
import type { PlanFailure, PlannedRollout } from '../apply/planned-rollout.ts';
import { planRetirement } from '../apply/retire.ts';
import type { Onlooker } from '../audience.ts';
import type { Scope } from '../fleet.ts';
import type { ControlPorts } from '../ports.ts';

/** The order of a hand-over, of a retirement, whose settings have no `to`, or of a move. */
export function orderOf(
  settings: Omit<Settings | RetirementSettings | MoveSettings, 'tools'>,
  { directors, names: { names, groups }, floors }: Scope,
): SequencedOrder {
  const kept = hasFloors(floors) ? { floors } : {};
  const known = { directors, names: [...names], groups: [...groups], ...kept };
  return { from: [], ...settings, ...known };
}

/** A plan by an order, on the tables as they are now. Changes nothing. */
export function planOrder(
  ports: ControlPorts,
  { directors, names, groups, floors = noFloors, to, move, moved, ...settings }: SequencedOrder,
  { state, onlooker }: { readonly state: string | undefined; readonly onlooker: Onlooker },
): Promise<Result<PlannedRollout, PlanFailure>> {
  const known = { names: new Map(names), groups: new Map(groups) };
  const place = { scope: { directors, names: known, state, floors }, onlooker };
  if (move && moved) return planMove(ports, { ...settings, move, moved }, place);
  return to
    ? planHandOver(ports, { ...settings, to }, place)
    : planRetirement(ports, settings, place);
}
