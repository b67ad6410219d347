import type { Diagnostic } from '../../domain/failure.ts';
import { weightOwner } from '../../domain/ipvs/host-facts.ts';
import { isLocalServer } from '../../domain/ipvs/ipvs.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import type { MaintenanceDirection } from '../../domain/rollout/maintenance.ts';
import type { Plan, RampRequest, ServicePlan } from '../../domain/rollout/plan.ts';
import { examineCoarseness } from '../diagnose/service/examine-coarseness.ts';
import { examineForwarding } from '../diagnose/service/examine-forwarding.ts';
import {
  examineFirstStep,
  examinePlaces,
  examineScheduler,
} from '../diagnose/service/examine-scheduler.ts';
import { examineScale } from '../diagnose/service/preflight.ts';
import { examineManaged, managedPart } from '../managed-service.ts';
import {
  type DirectorTable,
  type KnownTable,
  type PlannedService,
  planTables,
} from '../plan-tables.ts';
import { rampSchedule } from '../weights/curve.ts';
import { maintenanceRamp } from './maintenance-ramp.ts';
import type { MaintenanceRequest } from './maintenance-request.ts';
import { type MovingSelection, rampFor, rampInput } from './own-ramp.ts';
import type { Remembered } from './remembered.ts';
import { type NotBroughtIn, selectIn } from './select-in.ts';
import { selectOut } from './select-out.ts';

/** A director's table with its remembered servers: those that are out of service. */
export interface MaintenanceTable extends DirectorTable {
  readonly remembered: readonly Remembered[];
  /** The services that clusters drive. */
  readonly clusters?: readonly ClusterClaim[] | undefined;
}

export interface MaintenanceResult {
  /** The plan; absent when a diagnostic is an error, and when there is nothing to do. */
  readonly plan?: Plan;
  /** Servers of an `in` that get no weight, by director. */
  readonly skipped: readonly (NotBroughtIn & { readonly director: string })[];
  readonly diagnostics: readonly Diagnostic[];
}

/** `drain out` and `drain in` as plans in which nobody takes over. Pure. */
export function buildMaintenance(
  request: MaintenanceRequest,
  tables: readonly MaintenanceTable[],
): MaintenanceResult {
  const selected = tables.map((table) => {
    const { snapshot, remembered, clusters = [] } = table;
    return request.direction === 'out'
      ? { table, skipped: [], ...selectOut(request, snapshot, remembered) }
      : { table, ...selectIn(request, snapshot, { remembered, clusters }) };
  });
  const ramp = rampFor(request.ramp, selected);
  const schedule = rampSchedule(ramp);
  const parts = selected.map((one) => ({
    ...one,
    takesPart: one.selections.length + one.skipped.length > 0,
  }));
  const { directors, services, diagnostics } = planTables(parts, {
    ...{ schedule, request },
    planService: (known, selection) => planService(request, { ...known, ramp }, selection),
    leavingOf: (selections) =>
      request.direction === 'out'
        ? selections.map(({ service, moving }) => ({ service, old: moving.map((m) => m.server) }))
        : [],
  });
  const skipped = selected.flatMap(({ table: { director }, skipped: all }) =>
    all.map((one) => ({ ...one, director })),
  );
  if (directors.length === 0) return { diagnostics, skipped };
  const insisted = request.direction === 'out' && request.force ? { mayEmpty: true as const } : {};
  const plan: Plan = {
    from: [...new Set(services.flatMap((service) => service.oldServers))],
    to: [...new Set(services.flatMap((service) => service.newServers))],
    overMs: ramp.overMs,
    everyMs: ramp.everyMs,
    schedule,
    directors,
    policy: { ...request.policy, ...insisted, keep: true },
    ...(request.check && request.direction === 'in'
      ? { gates: { check: request.check, gates: [] } }
      : {}),
  };
  return { plan, diagnostics, skipped };
}

function planService(
  { direction }: MaintenanceRequest,
  known: KnownTable & { readonly ramp: RampRequest },
  selection: MovingSelection,
): PlannedService {
  const { service, moving, bystanders } = selection;
  const { ramp, schedule, snapshot } = known;
  const owner = weightOwner(known.facts, service.key);
  const keepsScale = owner !== undefined || bystanders.some(isLocalServer);
  const weights = maintenanceRamp(rampInput(selection, { ramp, known, keepsScale }));
  const keys = moving.map(({ server }) => server.key);
  const old = direction === 'out' ? moving.map(({ server }) => server) : [];
  const filled =
    direction === 'in' ? moving.map(({ server }) => ({ ...server, added: false })) : [];
  const isRamp = schedule.length > 2;
  const plan: ServicePlan = {
    service: service.key,
    baseline: service,
    scheduler: service.scheduler,
    oldServers: direction === 'out' ? keys : [],
    newServers: direction === 'in' ? keys : [],
    servers: [...keys, ...bystanders.map((server) => server.key)],
    added: [],
    steps: weights.steps,
    finalWeights: weights.finalWeights,
    scale: weights.chosen.scale,
    ...managedPart(known.facts, service.key),
  };
  const sample = snapshot.samples.get(service.key);
  const uneven = isRamp ? examineFirstStep({}, plan, { schedule, sample }) : [];
  const places = isRamp ? examinePlaces(plan, [...weights.steps, weights.finalWeights]) : [];
  return {
    service: plan,
    diagnostics: [
      ...examineForwarding(
        service,
        moving.map(({ server }) => server),
      ),
      ...schedulerDiagnostics(direction, selection, isRamp),
      // Maintenance switches no scheduler, so that is no advice here.
      ...[...uneven, ...places].map(({ next: _, ...found }) => found),
      ...examineScale({ service, old, new: filled, bystanders }, { ...weights, finalScale: 1 }),
      ...examineCoarseness(service.key, owner, weights.steps),
      ...examineManaged(known.facts, service, { filled: plan.newServers, plan }),
    ],
  };
}

/**
 * Examines the scheduler for this request: without a ramp it need only tell weight 0 from others.
 */
function schedulerDiagnostics(
  direction: MaintenanceDirection,
  { service, moving }: MovingSelection,
  isRamp: boolean,
): readonly Diagnostic[] {
  const isQuiesced = moving.every(({ server, target }) => server.weight === 0 && target === 0);
  if (isQuiesced) return [];
  return examineScheduler({}, service).flatMap((found): readonly Diagnostic[] => {
    switch (found.code) {
      case 'scheduler-refuses-at-zero': {
        const { scheduler, key } = service;
        const flag = `ipvsadm -E … -s ${scheduler} -b ${scheduler}-fallback`;
        const leave = `leave the service out with --service (this is ${key})`;
        const next = scheduler === 'dh' ? leave : `set the flag (${flag}), or ${leave}`;
        return direction === 'out' ? [{ ...found, next }] : [];
      }
      case 'scheduler-ignores-weights': {
        const when = direction === 'out' ? 'until the last step' : 'from the first step on';
        const message = `its scheduler ${service.scheduler} does not share by weight: a server has its whole share ${when}`;
        const { code } = found;
        return isRamp ? [{ severity: 'warning', code, service: service.key, message }] : [];
      }
      case 'scheduler-approximates-weights':
        return isRamp ? [found] : [];
      default:
        return [found];
    }
  });
}
