import type { Diagnostic } from '../domain/failure.ts';
import type { ServerDrainEstimate } from '../domain/ipvs/drain-estimate.ts';
import { weightOwner } from '../domain/ipvs/host-facts.ts';
import { isLocalServer } from '../domain/ipvs/ipvs.ts';
import type { DrainRequest, Plan, ServicePlan } from '../domain/rollout/plan.ts';
import { estimateDrains } from './diagnose/host-view.ts';
import { examineCoarseness } from './diagnose/service/examine-coarseness.ts';
import {
  examineFirstStep,
  examinePlaces,
  schedulerAfter,
} from './diagnose/service/examine-scheduler.ts';
import { examineShares } from './diagnose/service/examine-shares.ts';
import { examineScale, examineService } from './diagnose/service/preflight.ts';
import { weightBefore } from './maintenance/remembered.ts';
import { examineManaged, managedPart, policyBeside } from './managed-service.ts';
import {
  type DirectorTable,
  type KnownTable,
  type PlannedService,
  planTables,
} from './plan-tables.ts';
import { type Selection, selectServices } from './select-services.ts';
import { estimateRate } from './weights/arrival-rate.ts';
import { rampSchedule } from './weights/curve.ts';
import { type Ramp, rampWeights } from './weights/ramp-weights.ts';
import { placesOf } from './weights/schedulers.ts';

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
  const selected = tables.map((table) => ({ table, ...selectServices(request, table.snapshot) }));
  const { directors, services, diagnostics, views } = planTables(selected, {
    ...{ schedule, request },
    planService: (known, selection) => planService(request, known, selection),
    leavingOf: (selections) => selections,
  });
  if (diagnostics.some(({ severity }) => severity === 'error')) return { diagnostics };
  const plan: Plan = {
    from: [...new Set(services.flatMap((service) => service.oldServers))],
    to: [...new Set(services.flatMap((service) => service.newServers))],
    overMs: request.ramp.overMs,
    everyMs: request.ramp.everyMs,
    schedule,
    ...(request.ramp.until === undefined ? {} : { until: request.ramp.until }),
    directors,
    policy: policyBeside(request.policy, tables, services),
    ...(request.gates ? { gates: request.gates } : {}),
    ...(request.windows ? { windows: request.windows } : {}),
  };
  return { plan, diagnostics, estimates: views.flatMap(estimateDrains) };
}

function planService(
  request: DrainRequest,
  { schedule, snapshot, facts, remembered }: KnownTable,
  selection: Selection,
): PlannedService {
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
    ...managedPart(facts, selection.service.key),
  };
  return {
    service,
    diagnostics: [
      ...examined,
      ...examineFirstStep(request.ramp, service, { schedule, sample }),
      ...examinePlaces(service, [...ramp.steps, ramp.finalWeights]),
      ...examineScale(selection, ramp),
      ...examineCoarseness(selection.service.key, owner, ramp.steps),
      ...examineManaged(facts, selection.service, {
        filled: service.newServers,
        plan: service,
      }),
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
