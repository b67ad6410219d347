import type { ServiceKey } from '../domain/address.ts';
import type { Diagnostic } from '../domain/failure.ts';
import type { ServerDrainEstimate } from '../domain/ipvs/drain-estimate.ts';
import { type HostFacts, noHostFacts, weightOwner } from '../domain/ipvs/host-facts.ts';
import { isLocalServer, type Snapshot, type SyncDaemon } from '../domain/ipvs/ipvs.ts';
import type {
  DirectorPlan,
  DrainRequest,
  Plan,
  ScheduledStep,
  ServicePlan,
} from '../domain/rollout/plan.ts';
import { compareDirectors } from './compare-directors.ts';
import { examineHost } from './diagnose/examine-host.ts';
import { estimateDrains } from './diagnose/host-view.ts';
import { examineCoarseness } from './diagnose/service/examine-coarseness.ts';
import {
  examineFirstStep,
  examinePlaces,
  schedulerAfter,
} from './diagnose/service/examine-scheduler.ts';
import { examineShares } from './diagnose/service/examine-shares.ts';
import { examineScale, examineService } from './diagnose/service/preflight.ts';
import { ofAllTables, type TableDiagnostics, tolerated } from './diagnose/table-diagnostics.ts';
import { type Remembered, weightBefore } from './maintenance/remembered.ts';
import { type Selection, selectServices } from './select-services.ts';
import { syncGroups, syncPartOf } from './sync-groups.ts';
import { estimateRate } from './weights/arrival-rate.ts';
import { rampSchedule } from './weights/curve.ts';
import { type Ramp, rampWeights } from './weights/ramp-weights.ts';
import { placesOf } from './weights/schedulers.ts';

export interface DirectorTable {
  readonly director: string;
  readonly snapshot: Snapshot;
  readonly facts?: HostFacts;
  readonly syncDaemons?: readonly SyncDaemon[];
  /** Servers that are out of service: the scale of a ramp has room for those that may come back. */
  readonly remembered?: readonly Remembered[];
}

export interface PlanResult {
  /** The plan; absent when a diagnostic is an error. */
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
  /** How long each old server of each director is expected to drain; absent without a plan. */
  readonly estimates?: readonly ServerDrainEstimate[];
}

/** Request and tables in, plan or diagnostics out. Pure: needs no kernel, clock or disk. */
export function buildPlan(request: DrainRequest, tables: readonly DirectorTable[]): PlanResult {
  const schedule = rampSchedule(request.ramp);
  const found: (TableDiagnostics & { readonly takesPart: boolean })[] = [];
  const estimates: ServerDrainEstimate[] = [];
  const groups = syncGroups(tables);
  const directors = tables.map((table): DirectorPlan => {
    const { director, snapshot, facts = noHostFacts, remembered = [] } = table;
    const diagnostics: Diagnostic[] = [];
    const selected = selectServices(request, snapshot);
    found.push({ director, diagnostics, takesPart: selected.selections.length > 0 });
    diagnostics.push(...selected.diagnostics);
    const services = selected.selections.flatMap((selection) => {
      const planned = planService(request, { schedule, snapshot, facts, remembered }, selection);
      diagnostics.push(...planned.diagnostics);
      return planned.service ? [planned.service] : [];
    });
    const { policy } = request;
    const leaving = selected.selections;
    const view = { facts, snapshot, leaving, schedule, policy };
    diagnostics.push(...examineHost(view));
    estimates.push(...estimateDrains(view));
    return { director, services, ...syncPartOf(groups, table) };
  });
  const busy = directors.filter(({ services }) => services.length > 0);
  const allowed = request.allowDifferences === true;
  const diagnostics = [
    ...compareDirectors(tables, servicesOf(busy), allowed),
    ...ofAllTables(tolerated(found, allowed)),
  ];
  if (diagnostics.some((diagnostic) => diagnostic.severity === 'error')) return { diagnostics };
  const services = busy.flatMap((director) => director.services);
  const plan: Plan = {
    from: [...new Set(services.flatMap((service) => service.oldServers))],
    to: [...new Set(services.flatMap((service) => service.newServers))],
    overMs: request.ramp.overMs,
    everyMs: request.ramp.everyMs,
    schedule,
    ...(request.ramp.until === undefined ? {} : { until: request.ramp.until }),
    directors: busy,
    policy: request.policy,
    ...(request.gates ? { gates: request.gates } : {}),
    ...(request.windows ? { windows: request.windows } : {}),
  };
  return { plan, diagnostics, estimates };
}

/** The services in which at least one of the directors takes part. */
export const servicesOf = (directors: readonly DirectorPlan[]): ReadonlySet<ServiceKey> =>
  new Set(directors.flatMap(({ services }) => services.map(({ service }) => service)));

interface PlannedSchedule {
  readonly schedule: readonly ScheduledStep[];
  readonly snapshot: Snapshot;
  readonly facts: HostFacts;
  readonly remembered: readonly Remembered[];
}

function planService(
  request: DrainRequest,
  { schedule, snapshot, facts, remembered }: PlannedSchedule,
  selection: Selection,
): { readonly service?: ServicePlan; readonly diagnostics: readonly Diagnostic[] } {
  const examined = [...examineService(request, selection), ...examineShares(request, selection)];
  if (examined.some((diagnostic) => diagnostic.severity === 'error')) {
    return { diagnostics: examined };
  }
  const owner = weightOwner(facts, selection.service.key);
  const rate = estimateRate(snapshot, selection.service.key);
  const stepMs = request.ramp.overMs / (schedule.length - 1);
  const ramp = rampWeights({
    selection,
    out: selection.bystanders
      .filter(({ weight }) => weight === 0)
      .map((server) => weightBefore(remembered, selection.service.key, server)),
    to: request.to,
    fractions: schedule.map((step) => step.fraction),
    weight: request.weight,
    everyStepMoves: request.ramp.percentages !== undefined,
    until: request.ramp.until,
    keepsScale: owner !== undefined || selection.bystanders.some(isLocalServer),
    places: placesOf({ scheduler: schedulerAfter(request, selection.service) }),
    connectionsPerStep:
      rate === undefined || stepMs === 0 ? undefined : Math.max(1, (rate * stepMs) / 1_000),
  });
  const sample = snapshot.samples.get(selection.service.key);
  const service = {
    ...servicePlan(request, selection, ramp),
    ...(owner && { managedBy: owner.name }),
  };
  return {
    service,
    diagnostics: [
      ...examined,
      ...examineFirstStep(request.ramp, service, { schedule, sample }),
      ...examinePlaces(service, [...ramp.steps, ramp.finalWeights]),
      ...examineScale(selection, ramp),
      ...examineCoarseness(selection.service.key, owner, ramp.steps),
    ],
  };
}

function servicePlan(request: DrainRequest, selection: Selection, ramp: Ramp): ServicePlan {
  const { service } = selection;
  const scheduler = schedulerAfter(request, service);
  const keys = (servers: readonly { readonly key: ServicePlan['servers'][number] }[]) =>
    servers.map((server) => server.key);
  return {
    service: service.key,
    baseline: service,
    scheduler,
    ...(request.restoreScheduler && scheduler !== service.scheduler
      ? { restoresScheduler: true }
      : {}),
    oldServers: keys(selection.old),
    newServers: keys(selection.new),
    servers: [...keys(selection.old), ...keys(selection.new), ...keys(selection.bystanders)],
    added: selection.new
      .filter((server) => server.added)
      .map(({ added: _, ...server }) => ({ ...server, weight: 0 })),
    steps: ramp.steps,
    finalWeights: ramp.finalWeights,
    scale: ramp.chosen.scale,
    ...(ramp.moving ? { moving: ramp.moving } : {}),
  };
}
