import type { KnownNames, NameSources } from '../../config/names/server-names.ts';
import type { Settings } from '../../config/settings/settings.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import type { DrainRequest, NewServer } from '../../domain/rollout/plan.ts';
import { buildPlan } from '../../planner/build-plan.ts';
import { examineSync } from '../../planner/examine-sync.ts';
import type { DirectorTable } from '../../planner/plan-tables.ts';
import { withoutClaims } from '../claims.ts';
import { withMarks } from '../conduct/marks.ts';
import { openSite, resolveNames, type WatchedScope } from '../fleet.ts';
import { planWithNames } from '../plan-names.ts';
import type { ControlPorts } from '../ports.ts';
import type { PlanFailure, PlannedRollout } from './planned-rollout.ts';
import { refusedPlan } from './refused-plan.ts';
import { startTime } from './start-time.ts';

/** A hand-over on the tables as they are now. Changes nothing. */
export async function planHandOver(
  ports: ControlPorts,
  settings: Omit<Settings, 'tools'>,
  { scope, onlooker }: WatchedScope,
): Promise<Result<PlannedRollout, PlanFailure>> {
  const site = await openSite(ports, scope, onlooker);
  if (!site.ok) return fail([site.failure]);
  const { opened, tables } = site.value;
  const request = await drainRequest(ports, settings, { names: scope.names, tables });
  if (!request.ok) return fail([request.failure]);
  const store = await ports.openStore(scope.state, opened.access);
  const marked = await withMarks(store, opened.access, tables);
  if (!marked.ok) return fail([marked.failure]);
  const { from, to } = request.value;
  const called = [...from, ...to.map(({ name }) => name)];
  const built = planWithNames(buildPlan(request.value, marked.value), called);
  const { plan, diagnostics, estimates } = built;
  if (!plan) return refusedPlan(store, opened.access, diagnostics);
  const start = startTime(settings.at, opened.clock);
  if (!start.ok) return fail([start.failure]);
  const { force = false } = settings;
  const warnings = [...diagnostics, ...examineSync(tables)];
  const timed = { ...plan, ...start.value };
  const planned = { plan: timed, warnings, estimates, opened, state: scope.state, store, force };
  return withoutClaims(ports, planned, { floors: scope.floors, force });
}

/** The settings of a hand-over with every name in them turned into addresses. */
export async function drainRequest(
  sources: NameSources,
  settings: Omit<Settings, 'tools'>,
  {
    names: known,
    tables,
  }: { readonly names: KnownNames; readonly tables: readonly DirectorTable[] },
): Promise<Result<DrainRequest>> {
  const from = await resolveNames(sources, known, { names: settings.from, tables });
  if (!from.ok) return from;
  const to: NewServer[] = [];
  for (const { name, share } of settings.to) {
    const found = await resolveNames(sources, known, { names: [name], tables });
    if (!found.ok) return found;
    to.push(
      ...found.value.map((server) => ({
        name: server,
        ...(share === undefined ? {} : { share }),
      })),
    );
  }
  const { services, ramp, weight, policy, gates, allowDifferences } = settings;
  const { setScheduler, restoreScheduler, windows } = settings;
  return ok({
    from: from.value,
    to,
    ramp,
    policy,
    ...(services ? { services } : {}),
    ...(weight === undefined ? {} : { weight }),
    ...(setScheduler ? { setScheduler } : {}),
    ...(restoreScheduler ? { restoreScheduler } : {}),
    ...(gates ? { gates } : {}),
    ...(windows ? { windows } : {}),
    allowDifferences,
  });
}
