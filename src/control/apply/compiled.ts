import type { NamedDirector } from '../../config/names/known-directors.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import { movedServers, type Plan } from '../../domain/rollout/plan.ts';
import { examinePlan } from '../../planner/diagnose/examine-plan.ts';
import { foreignPlan } from '../../rollout/journal/open.ts';
import type { Onlooker } from '../audience.ts';
import { listTables, reopenFleet } from '../fleet.ts';
import { comesFirst, openMaintenance } from '../maintenance/open-maintenance.ts';
import type { ControlPorts } from '../ports.ts';
import type { PlannedRollout } from './planned-rollout.ts';

export interface CompiledRequest {
  readonly plan: Plan;
  readonly access: readonly DirectorAccess[];
  /** Directors instead of `access`: somebody may reach the same ones from elsewhere. */
  readonly directors: readonly NamedDirector[] | undefined;
  readonly state: string | undefined;
  readonly onlooker: Onlooker;
}

/** A compiled plan on its directors, with what speaks against it today. Changes nothing. */
export async function openCompiled(
  ports: ControlPorts,
  { plan, access, directors, state, onlooker }: CompiledRequest,
): Promise<Result<PlannedRollout>> {
  const opened = directors
    ? await ports.openDirectors(directors, { paced: onlooker.isLive })
    : await reopenFleet(ports, access, onlooker.isLive);
  if (!opened.ok) return opened;
  const foreign = foreignPlan(plan, opened.value.directors);
  if (foreign) return { ok: false, failure: foreign };
  const tables = await listTables(opened.value, onlooker);
  if (!tables.ok) return tables;
  const planned = { plan, warnings: examinePlan(plan, tables.value), opened: opened.value, state };
  return maintenanceOf(plan) === 'out' ? takingOver(ports, planned) : ok(planned);
}

/** The plan of `drain out`, as a call of it: it takes over from earlier ones that stand still with its servers. */
async function takingOver(
  ports: ControlPorts,
  planned: PlannedRollout,
): Promise<Result<PlannedRollout>> {
  const { plan, opened, state } = planned;
  const store = await ports.openStore(state, opened.access);
  const servers = new Set(movedServers(plan).map(({ server }) => server));
  const asked = { direction: 'out', store, opened } as const;
  const open = await openMaintenance(asked, (server) => servers.has(server));
  if (!open.ok) return open;
  const { halfway, replaces } = open.value;
  return halfway.length > 0 ? fail(comesFirst(halfway)) : ok({ ...planned, store, replaces });
}
