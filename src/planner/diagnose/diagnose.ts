import type { ServiceKey } from '../../domain/address.ts';
import type { Diagnostic, Finding } from '../../domain/failure.ts';
import { type ServerDrainEstimate, slownessOf } from '../../domain/ipvs/drain-estimate.ts';
import type { HostFacts } from '../../domain/ipvs/host-facts.ts';
import { shortList } from '../../domain/printable.ts';
import type { DrainRequest } from '../../domain/rollout/plan.ts';
import { buildPlan } from '../build-plan.ts';
import { compareDirectors } from '../compare-directors.ts';
import type { DirectorTable } from '../plan-tables.ts';
import { selectServices } from '../select-services.ts';
import { syncGroups } from '../sync-groups.ts';
import { rampSchedule } from '../weights/curve.ts';
import { examineHost } from './examine-host.ts';
import { estimateDrains, type HostView } from './host-view.ts';
import { examineForwarding } from './service/examine-forwarding.ts';
import { examinePlaces, examineScheduler, schedulerAfter } from './service/examine-scheduler.ts';
import { soundChecks } from './sound-checks.ts';

/** The findings and estimates of `drain doctor`. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly estimates: readonly ServerDrainEstimate[];
}

type KnownTable = DirectorTable & { readonly facts: HostFacts };

/** Diagnoses one rollout with everything that planning has to say of it. */
export function diagnoseRollout(request: DrainRequest, table: KnownTable): Diagnosis {
  const { diagnostics } = buildPlan(request, [table]);
  const leaving = selectServices(request, table.snapshot).selections;
  return diagnosis({ ...view(request, table), leaving }, diagnostics);
}

/**
 * Findings across several directors: where they differ, and which copy each other's connections.
 */
export function diagnoseFleet(
  request: Pick<DrainRequest, 'from' | 'to' | 'services'> | undefined,
  tables: readonly DirectorTable[],
): readonly Finding[] {
  const keys = tables.flatMap(({ snapshot }) =>
    request
      ? selectServices(request, snapshot).selections.map(({ service }) => service.key)
      : snapshot.services.map(({ key }) => key),
  );
  const differences = compareDirectors(tables, new Set(keys), false);
  const copying = [...syncGroups(tables).keys()];
  return [
    ...(copying.length > 0 ? [sound('sync-daemon', copyWords(copying))] : []),
    ...(differences.length === 0
      ? [sound('tables-differ', `all ${tables.length} directors hold the same`)]
      : differences),
  ];
}

const copyWords = (directors: readonly string[]): string =>
  `${shortList(directors)} copy each other's connections, and each connection counts once`;

const sound = (code: string, message: string): Finding => ({ severity: 'ok', code, message });

/** Diagnoses every service of the table, as if each server were to be drained at this pace. */
export function diagnoseTable(
  pace: Pick<DrainRequest, 'ramp' | 'policy' | 'services' | 'setScheduler'>,
  table: KnownTable,
): Diagnosis {
  const { services } = pace;
  const leaving = table.snapshot.services
    .filter(({ key }) => services === undefined || services.includes(key))
    .map((service) => ({ service, old: service.servers }));
  const whole = { ...view(pace, table), leaving };
  return diagnosis(whole, [
    ...leaving.flatMap(({ service }) => examineScheduler(pace, service)),
    ...leaving.flatMap(({ service }) =>
      examinePlaces({ service: service.key, scheduler: schedulerAfter(pace, service) }, [
        service.servers.map(({ weight }) => weight),
      ]),
    ),
    ...leaving.flatMap(({ service, old }) => examineForwarding(service, old)),
    ...examineHost(whole),
  ]);
}

const view = (
  { ramp, policy }: Pick<DrainRequest, 'ramp' | 'policy'>,
  { facts, snapshot }: KnownTable,
): Omit<HostView, 'leaving'> => ({ facts, snapshot, schedule: rampSchedule(ramp), policy });

const diagnosis = (seen: HostView, diagnostics: readonly Diagnostic[]): Diagnosis => ({
  findings: [...soundChecks(seen, diagnostics), ...diagnostics],
  estimates: estimateDrains(seen),
});

/** The slowest drain of each service; an estimate that is unknown counts as the slowest. */
export function slowestOfEach(
  estimates: readonly ServerDrainEstimate[],
): readonly ServerDrainEstimate[] {
  const slowest = new Map<ServiceKey, ServerDrainEstimate>();
  for (const one of estimates) {
    const before = slowest.get(one.service);
    if (!before || slownessOf(one.estimate) > slownessOf(before.estimate)) {
      slowest.set(one.service, one);
    }
  }
  return [...slowest.values()];
}
