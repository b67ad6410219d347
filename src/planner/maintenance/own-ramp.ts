import type { RealServer, VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { RampRequest, ScheduledStep } from '../../domain/rollout/plan.ts';
import type { KnownTable, SelectedTable } from '../plan-tables.ts';
import { estimateRate } from '../weights/arrival-rate.ts';
import { placesOf } from '../weights/schedulers.ts';
import type { MaintenanceRampInput } from './maintenance-ramp.ts';

/** Servers of a service that go to a weight with nobody to hand over to, and those beside them. */
export interface MovingSelection {
  readonly service: VirtualService;
  readonly moving: readonly { readonly server: RealServer; readonly target: number }[];
  readonly bystanders: readonly RealServer[];
}

/** The ramp that was asked for; at once where all weights stand already, for there is nothing to spread. */
export function rampFor(
  asked: RampRequest,
  selected: readonly Pick<SelectedTable<MovingSelection>, 'selections'>[],
): RampRequest {
  const moves = selected.some(({ selections }) =>
    selections.some(({ moving }) => moving.some(({ server, target }) => server.weight !== target)),
  );
  return moves ? asked : { overMs: 0, curve: 'linear', everyMs: asked.everyMs };
}

/** What the weights of a service's ramp follow from. */
export function rampInput(
  { service, moving, bystanders }: MovingSelection,
  { ramp, known, keepsScale }: RampTerms,
): MaintenanceRampInput {
  const rate = estimateRate(known.snapshot, service.key);
  const stepMs = ramp.overMs / (known.schedule.length - 1);
  return {
    moving: moving.map(({ server, target }) => ({ now: server.weight, target })),
    bystanders: bystanders.map((server) => server.weight),
    fractions: known.schedule.map(({ fraction }: ScheduledStep) => fraction),
    everyStepMoves: ramp.percentages !== undefined,
    keepsScale,
    places: placesOf(service),
    connectionsPerStep:
      rate === undefined || stepMs === 0 ? undefined : Math.max(1, (rate * stepMs) / 1_000),
  };
}

export interface RampTerms {
  readonly ramp: RampRequest;
  readonly known: KnownTable;
  readonly keepsScale: boolean;
}
