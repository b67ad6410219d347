import type { ServerDrainEstimate } from '../domain/drain-estimate.ts';
import type { Diagnostic } from '../domain/failure.ts';
import type { Finding } from '../domain/finding.ts';
import type { HostFacts } from '../domain/host-facts.ts';
import type { DrainRequest } from '../domain/plan.ts';
import { buildPlan, type DirectorTable } from './build-plan.ts';
import { rampSchedule } from './curve.ts';
import { examineHost } from './examine-host.ts';
import { estimateDrains, type HostView } from './host-view.ts';
import { examineScheduler } from './preflight.ts';
import { selectServices } from './select-services.ts';
import { soundChecks } from './sound-checks.ts';

/** What `drain doctor` has found out. */
export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly estimates: readonly ServerDrainEstimate[];
}

type KnownTable = DirectorTable & { readonly facts: HostFacts };

/** One rollout, with all that planning it has to say. */
export function diagnoseRollout(request: DrainRequest, table: KnownTable): Diagnosis {
  const { diagnostics } = buildPlan(request, [table]);
  const leaving = selectServices(request, table.snapshot).selections;
  return diagnosis({ ...view(request, table), leaving }, diagnostics);
}

/** Every service of the table, as if each server were to be drained at this pace. */
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
