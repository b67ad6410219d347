import type { MoveSettings } from '../../config/settings/move-settings.ts';
import { fail, type Result } from '../../domain/failure.ts';
import { examineSync } from '../../planner/examine-sync.ts';
import { buildMove } from '../../planner/moves/build-move.ts';
import type { WeightedServer } from '../../planner/moves/move-request.ts';
import { withoutClaims } from '../claims.ts';
import { withMarks } from '../conduct/marks.ts';
import { openSite, resolveNames, type WatchedScope } from '../fleet.ts';
import { planWithNames } from '../plan-names.ts';
import type { ControlPorts } from '../ports.ts';
import type { PlanFailure, PlannedRollout } from './planned-rollout.ts';
import { refusedPlan } from './refused-plan.ts';

/** `drain add` and `drain weight` on the tables as they are now. Changes nothing. */
export async function planMove(
  ports: ControlPorts,
  settings: Omit<MoveSettings, 'tools'>,
  { scope, onlooker }: WatchedScope,
): Promise<Result<PlannedRollout, PlanFailure>> {
  const site = await openSite(ports, scope, onlooker);
  if (!site.ok) return fail([site.failure]);
  const { opened, tables } = site.value;
  const servers: WeightedServer[] = [];
  for (const { name, weight } of settings.moved) {
    const found = await resolveNames(ports, scope.names, { names: [name], tables });
    if (!found.ok) return fail([found.failure]);
    const asked = weight === undefined ? {} : { weight };
    servers.push(...found.value.map((server) => ({ name: server, ...asked })));
  }
  const store = await ports.openStore(scope.state, opened.access);
  const marked = await withMarks(store, opened.access, tables);
  if (!marked.ok) return fail([marked.failure]);
  const { move, ramp, policy, services, gates, windows, allowDifferences } = settings;
  const { force = false } = settings;
  const bare = buildMove(
    {
      ...{ move, servers, ramp, policy, force, allowDifferences },
      ...(services ? { services } : {}),
      ...(gates ? { gates } : {}),
      ...(windows ? { windows } : {}),
    },
    marked.value,
  );
  const called = servers.map(({ name }) => name);
  const { plan, diagnostics } = planWithNames(bare, called);
  if (!plan) return refusedPlan(store, opened.access, diagnostics);
  const warnings = [...diagnostics, ...examineSync(tables)];
  return withoutClaims(
    ports,
    { plan, warnings, opened, state: scope.state, store, force },
    { floors: scope.floors, force },
  );
}
