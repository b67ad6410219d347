import type { RetirementSettings } from '../../config/settings/retirement-settings.ts';
import { fail, type Result } from '../../domain/failure.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { buildMaintenance } from '../../planner/maintenance/build-maintenance.ts';
import { withoutClaims } from '../claims.ts';
import { openSite, resolveNames, type WatchedScope } from '../fleet.ts';
import { planWithNames } from '../plan-names.ts';
import type { ControlPorts } from '../ports.ts';
import type { PlanFailure, PlannedRollout } from './planned-rollout.ts';
import { refusedPlan } from './refused-plan.ts';
import { startTime } from './start-time.ts';

/** Servers that leave the table and have no successor, on the tables as they are now. Changes nothing. */
export async function planRetirement(
  ports: ControlPorts,
  settings: Omit<RetirementSettings, 'tools'>,
  { scope, onlooker }: WatchedScope,
): Promise<Result<PlannedRollout, PlanFailure>> {
  const site = await openSite(ports, scope, onlooker);
  if (!site.ok) return fail([site.failure]);
  const { opened, tables } = site.value;
  const { from, ramp, policy, services, gates, windows, force = false } = settings;
  const servers = await resolveNames(ports, scope.names, { names: from, tables });
  if (!servers.ok) return fail([servers.failure]);
  const bare = buildMaintenance(
    {
      direction: 'out',
      servers: servers.value,
      ramp,
      policy,
      force,
      ...(services ? { services } : {}),
    },
    tables.map((table) => ({ ...table, remembered: [] })),
  );
  const built = planWithNames(bare, servers.value);
  const { access } = opened;
  if (!built.plan) {
    const store = await ports.openStore(scope.state, access);
    return refusedPlan(store, access, built.diagnostics);
  }
  // As `drain out`, but for good: the weight from before is of no use to anybody.
  const start = startTime(settings.at, opened.clock);
  if (!start.ok) return fail([start.failure]);
  const terms = { ...start.value, ...(gates ? { gates } : {}), ...(windows ? { windows } : {}) };
  const plan: Plan = { ...built.plan, policy, ...terms };
  const warnings = built.diagnostics.filter(({ code }) => code !== 'weight-unknown');
  const planned = { plan, warnings, opened, state: scope.state };
  return withoutClaims(ports, planned, { floors: scope.floors, force });
}
