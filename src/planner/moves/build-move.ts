import type { Diagnostic } from '../../domain/failure.ts';
import { type HostFacts, noHostFacts, weightOwner } from '../../domain/ipvs/host-facts.ts';
import { isLocalServer, type Snapshot } from '../../domain/ipvs/ipvs.ts';
import type {
  DirectorPlan,
  Plan,
  RampRequest,
  ScheduledStep,
  ServicePlan,
} from '../../domain/rollout/plan.ts';
import { type DirectorTable, servicesOf } from '../build-plan.ts';
import { compareDirectors } from '../compare-directors.ts';
import { examineHost } from '../diagnose/examine-host.ts';
import { examineCoarseness } from '../diagnose/service/examine-coarseness.ts';
import { examineForwarding } from '../diagnose/service/examine-forwarding.ts';
import { examineFirstStep, examinePlaces } from '../diagnose/service/examine-scheduler.ts';
import { examineWeightScale } from '../diagnose/service/preflight.ts';
import { ofAllTables, type TableDiagnostics, tolerated } from '../diagnose/table-diagnostics.ts';
import { rampOnTable } from '../maintenance/maintenance-ramp.ts';
import { type Remembered, weightBefore } from '../maintenance/remembered.ts';
import { syncGroups, syncPartOf } from '../sync-groups.ts';
import { estimateRate } from '../weights/arrival-rate.ts';
import { rampSchedule } from '../weights/curve.ts';
import { moveTable } from '../weights/ramp-table.ts';
import { placesOf } from '../weights/schedulers.ts';
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
  const moves = selected.some(({ selections }) =>
    selections.some(({ moving }) => moving.some(({ server, target }) => server.weight !== target)),
  );
  // Where all weights stand already there is nothing to spread over a time.
  const ramp: RampRequest = moves ? request.ramp : { ...atOnce, everyMs: request.ramp.everyMs };
  const schedule = rampSchedule(ramp);
  const groups = syncGroups(tables);
  const found: (TableDiagnostics & { readonly takesPart: boolean })[] = [];
  const directors = selected.map(({ table, selections, ...of }): DirectorPlan => {
    const { director, snapshot, facts = noHostFacts, remembered = [] } = table;
    const diagnostics = [...of.diagnostics];
    found.push({ director, diagnostics, takesPart: selections.length > 0 });
    const services = selections.map((selection) => {
      const known = { ramp, schedule, snapshot, facts, remembered };
      const planned = planService(request, known, selection);
      diagnostics.push(...planned.diagnostics);
      return planned.service;
    });
    diagnostics.push(...examineHost({ facts, snapshot, leaving: [], schedule, policy }));
    return { director, services, ...syncPartOf(groups, table) };
  });
  const busy = directors.filter(({ services }) => services.length > 0);
  const allowed = request.allowDifferences === true;
  const diagnostics = [
    ...compareDirectors(tables, servicesOf(busy), allowed),
    ...ofAllTables(tolerated(found, allowed)),
  ];
  const refused = diagnostics.some((diagnostic) => diagnostic.severity === 'error');
  if (refused || busy.length === 0) return { diagnostics };
  const services = busy.flatMap((director) => director.services);
  const plan: Plan = {
    from: [],
    to: [...new Set(services.flatMap((service) => service.newServers))],
    move: request.move,
    overMs: ramp.overMs,
    everyMs: ramp.everyMs,
    schedule,
    ...(ramp.until === undefined ? {} : { until: ramp.until }),
    directors: busy,
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

const atOnce = { overMs: 0, curve: 'linear' } as const;

interface PlannedRamp {
  readonly ramp: RampRequest;
  readonly schedule: readonly ScheduledStep[];
  readonly snapshot: Snapshot;
  readonly facts: HostFacts;
  readonly remembered: readonly Remembered[];
}

function planService(
  { move }: MoveRequest,
  { ramp, schedule, snapshot, facts, remembered }: PlannedRamp,
  selection: MoveSelection,
): { readonly service: ServicePlan; readonly diagnostics: readonly Diagnostic[] } {
  const { service, moving, bystanders } = selection;
  const owner = weightOwner(facts, service.key);
  const rate = estimateRate(snapshot, service.key);
  const stepMs = ramp.overMs / (schedule.length - 1);
  const keepsScale = owner !== undefined || bystanders.some(isLocalServer);
  const everyStepMoves = ramp.percentages !== undefined;
  const input = {
    moving: moving.map(({ server, target }) => ({ now: server.weight, target })),
    bystanders: bystanders.map((server) => server.weight),
    fractions: schedule.map((step) => step.fraction),
    ...{ everyStepMoves, keepsScale, until: ramp.until },
    places: placesOf(service),
    connectionsPerStep:
      rate === undefined || stepMs === 0 ? undefined : Math.max(1, (rate * stepMs) / 1_000),
  };
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
    ...(owner && { managedBy: owner.name }),
  };
  const isRamp = schedule.length > 2;
  const sample = snapshot.samples.get(service.key);
  const gainsAny = moving.some(({ server, target }) => target > server.weight);
  const uneven = gainsAny ? examineFirstStep(ramp, plan, { schedule, sample }) : [];
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
    ],
  };
}
