import type { Diagnostic } from '../../domain/failure.ts';
import { weightOwner } from '../../domain/ipvs/host-facts.ts';
import { isLocalServer } from '../../domain/ipvs/ipvs.ts';
import type { Plan, RampRequest, ServicePlan } from '../../domain/rollout/plan.ts';
import { examineCoarseness } from '../diagnose/service/examine-coarseness.ts';
import { examineForwarding } from '../diagnose/service/examine-forwarding.ts';
import { examineFirstStep, examinePlaces } from '../diagnose/service/examine-scheduler.ts';
import { examineWeightScale } from '../diagnose/service/preflight.ts';
import { rampOnTable } from '../maintenance/maintenance-ramp.ts';
import { rampFor, rampInput } from '../maintenance/own-ramp.ts';
import { weightBefore } from '../maintenance/remembered.ts';
import { examineManaged, managedPart } from '../managed-service.ts';
import {
  type DirectorTable,
  type KnownTable,
  type PlannedService,
  planTables,
} from '../plan-tables.ts';
import { rampSchedule } from '../weights/curve.ts';
import { moveTable } from '../weights/ramp-table.ts';
import { examineMovedScheduler } from './examine-move.ts';
import type { MoveRequest, MoveSelection, SelectedMove } from './move-request.ts';
import { selectAdded } from './select-added.ts';
import { selectWeights } from './select-weights.ts';

export interface MoveResult {
  /** The plan; absent when a diagnostic is an error. */
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * `drain add` and `drain weight` as plans whose servers go to their weights with nobody to hand over, while
 * all others keep their proportions among themselves. Pure.
 */
export function buildMove(request: MoveRequest, tables: readonly DirectorTable[]): MoveResult {
  const { policy } = request;
  const selected = tables.map((table) => ({ table, ...selectMoved(request, table) }));
  const ramp = rampFor(request.ramp, selected);
  const schedule = rampSchedule(ramp);
  const { directors, services, diagnostics } = planTables(selected, {
    ...{ schedule, request, leavingOf: () => [] },
    planService: (known, selection) => planService(request, { ...known, ramp }, selection),
  });
  if (directors.length === 0) return { diagnostics };
  const plan: Plan = {
    from: [],
    to: [...new Set(services.flatMap((service) => service.newServers))],
    move: request.move,
    overMs: ramp.overMs,
    everyMs: ramp.everyMs,
    schedule,
    ...(ramp.until === undefined ? {} : { until: ramp.until }),
    directors,
    policy: { ...policy, ...(request.force ? { mayEmpty: true as const } : {}), keep: true },
    ...(request.gates ? { gates: request.gates } : {}),
    ...(request.windows ? { windows: request.windows } : {}),
  };
  return { plan, diagnostics };
}

const selectMoved = (
  request: MoveRequest,
  { snapshot, remembered = [] }: DirectorTable,
): SelectedMove =>
  request.move === 'add'
    ? selectAdded(request, snapshot, remembered)
    : selectWeights(request, snapshot);

function planService(
  { move }: MoveRequest,
  known: KnownTable & { readonly ramp: RampRequest },
  selection: MoveSelection,
): PlannedService {
  const { service, moving, bystanders } = selection;
  const { ramp, schedule, snapshot, remembered } = known;
  const owner = weightOwner(known.facts, service.key);
  const keepsScale = owner !== undefined || bystanders.some(isLocalServer);
  const input = { ...rampInput(selection, { ramp, known, keepsScale }), until: ramp.until };
  const { everyStepMoves } = input;
  // Those that are out may come back meanwhile, and the scale has room for them.
  const out = bystanders
    .filter(({ weight }) => weight === 0)
    .map((server) => weightBefore(remembered, service.key, server));
  const table = moveTable(input.moving, { bystanders: input.bystanders, out });
  const weights = rampOnTable(input, table);
  const keys = moving.map(({ server }) => server.key);
  const { gains, extra } = table;
  const plan: ServicePlan = {
    service: service.key,
    baseline: service,
    scheduler: service.scheduler,
    oldServers: [],
    newServers: keys,
    servers: [...keys, ...bystanders.map((server) => server.key)],
    added: moving.flatMap(({ server, added }) => (added ? [server] : [])),
    steps: weights.steps,
    finalWeights: weights.finalWeights,
    scale: weights.chosen.scale,
    ...(keepsScale ? {} : { moving: { gains, extra, everyStepMoves } }),
    ...managedPart(known.facts, service.key),
  };
  const isRamp = schedule.length > 2;
  const sample = snapshot.samples.get(service.key);
  const gaining = moving.flatMap(({ server, target }) =>
    target > server.weight ? [server.key] : [],
  );
  const uneven = gaining.length > 0 ? examineFirstStep(ramp, plan, { schedule, sample }) : [];
  const places = examinePlaces(plan, [...weights.steps, weights.finalWeights]);
  return {
    service: plan,
    diagnostics: [
      ...examineForwarding(
        service,
        moving.map(({ server }) => server),
      ),
      ...examineMovedScheduler(move, selection, isRamp),
      // A move switches no scheduler, so that is no advice here.
      ...[...uneven, ...places].map(({ next: _, ...one }) => one),
      ...examineWeightScale(selection, weights),
      ...examineCoarseness(service.key, owner, weights.steps),
      ...examineManaged(known.facts, service, { filled: gaining, plan }),
    ],
  };
}
