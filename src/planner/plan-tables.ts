import type { ServiceKey } from '../domain/address.ts';
import type { Diagnostic } from '../domain/failure.ts';
import { type HostFacts, noHostFacts } from '../domain/ipvs/host-facts.ts';
import type { Snapshot, SyncDaemon } from '../domain/ipvs/ipvs.ts';
import type {
  DirectorPlan,
  RolloutPolicy,
  ScheduledStep,
  ServicePlan,
} from '../domain/rollout/plan.ts';
import { compareDirectors } from './compare-directors.ts';
import { examineHost } from './diagnose/examine-host.ts';
import type { DrainingServer, HostView } from './diagnose/host-view.ts';
import { ofAllTables, type TableDiagnostics, tolerated } from './diagnose/table-diagnostics.ts';
import type { Remembered } from './maintenance/remembered.ts';
import { syncGroups, syncPartOf } from './sync-groups.ts';

export interface DirectorTable {
  readonly director: string;
  readonly snapshot: Snapshot;
  readonly facts?: HostFacts;
  readonly syncDaemons?: readonly SyncDaemon[];
  /** Servers that are out of service: the scale of a ramp has room for those that may come back. */
  readonly remembered?: readonly Remembered[];
}

/** Services of a table that a request is about, each with its servers. */
export interface SelectedTable<Selection> {
  readonly table: DirectorTable;
  readonly selections: readonly Selection[];
  readonly diagnostics: readonly Diagnostic[];
  /** Whether the director has a part in the request; without it, where a service was selected. */
  readonly takesPart?: boolean;
}

/** The table in which a service is planned. */
export interface KnownTable {
  readonly schedule: readonly ScheduledStep[];
  readonly snapshot: Snapshot;
  readonly facts: HostFacts;
  readonly remembered: readonly Remembered[];
}

export interface PlannedService {
  /** Absent where a diagnostic is an error. */
  readonly service?: ServicePlan;
  readonly diagnostics: readonly Diagnostic[];
}

export interface TableRules<Selection> {
  readonly schedule: readonly ScheduledStep[];
  readonly request: {
    readonly policy: RolloutPolicy;
    readonly allowDifferences?: boolean | undefined;
  };
  readonly planService: (known: KnownTable, selection: Selection) => PlannedService;
  /** Servers that are to be empty in the end. */
  readonly leavingOf: (selections: readonly Selection[]) => readonly DrainingServer[];
}

export interface PlannedTables {
  /** Directors with a service of the plan; none where something refuses it. */
  readonly directors: readonly DirectorPlan[];
  readonly services: readonly ServicePlan[];
  readonly diagnostics: readonly Diagnostic[];
  /** What each director was examined by. */
  readonly views: readonly HostView[];
}

/** Plans the selected services of each director, and holds directors and hosts against the request. */
export function planTables<Selection>(
  selected: readonly SelectedTable<Selection>[],
  { schedule, request, planService, leavingOf }: TableRules<Selection>,
): PlannedTables {
  const tables = selected.map(({ table }) => table);
  const groups = syncGroups(tables);
  const found: (TableDiagnostics & { readonly takesPart: boolean })[] = [];
  const views: HostView[] = [];
  const planned = selected.map(({ table, selections, ...of }): DirectorPlan => {
    const { director, snapshot, facts = noHostFacts, remembered = [] } = table;
    const diagnostics = [...of.diagnostics];
    found.push({ director, diagnostics, takesPart: of.takesPart ?? selections.length > 0 });
    const services = selections.flatMap((selection) => {
      const one = planService({ schedule, snapshot, facts, remembered }, selection);
      diagnostics.push(...one.diagnostics);
      return one.service ?? [];
    });
    const view = { facts, snapshot, leaving: leavingOf(selections), schedule };
    views.push({ ...view, policy: request.policy });
    diagnostics.push(...examineHost({ ...view, policy: request.policy }));
    return { director, services, ...syncPartOf(groups, table) };
  });
  const busy = planned.filter(({ services }) => services.length > 0);
  const allowed = request.allowDifferences === true;
  const diagnostics = [
    ...compareDirectors(tables, servicesOf(busy), allowed),
    ...ofAllTables(tolerated(found, allowed)),
  ];
  const isRefused = diagnostics.some(({ severity }) => severity === 'error');
  const directors = isRefused ? [] : busy;
  const services = directors.flatMap((director) => director.services);
  return { directors, services, diagnostics, views };
}

/** The services in which at least one of the directors takes part. */
const servicesOf = (directors: readonly DirectorPlan[]): ReadonlySet<ServiceKey> =>
  new Set(directors.flatMap(({ services }) => services.map(({ service }) => service)));
