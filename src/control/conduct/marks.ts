import { ok, type Result } from '../../domain/failure.ts';
import { findServer } from '../../domain/ipvs/ipvs.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import type { DirectorTable } from '../../planner/build-plan.ts';
import type { MaintenanceTable } from '../../planner/maintenance/build-maintenance.ts';
import { rememberedBy, weightBefore } from '../../planner/maintenance/remembered.ts';
import { type UnfinishedStore, unfinishedRollouts } from '../../rollout/journal/unfinished.ts';
import type { MaintenanceMark, Marks, Store } from '../../rollout/ports.ts';
import type { RolloutEnd } from '../../rollout/state/rollout-state.ts';
import { weightAccount } from '../../rollout/state/weight-account.ts';

interface Maintenance {
  readonly rollout: string;
  readonly plan: Plan;
  readonly access: readonly DirectorAccess[];
}

/** The maintenance marks that the store has of these tables. */
export async function marksOf(
  marks: Marks,
  access: readonly DirectorAccess[],
): Promise<Result<readonly MaintenanceMark[]>> {
  const tables = new Set(access.map(tableOf));
  const all = await marks.list();
  return all.ok ? ok(all.value.filter(({ table }) => tables.has(table))) : all;
}

/** Each table with its maintenance marks, in weights that stand for theirs on the scale in force. */
export async function withMarks(
  store: MarkingStore,
  access: readonly DirectorAccess[],
  tables: readonly DirectorTable[],
): Promise<Result<readonly MarkedTable[]>> {
  const known = await marksOf(store.marks, access);
  if (!known.ok) return known;
  const unfinished = await unfinishedRollouts(store);
  if (!unfinished.ok) return unfinished;
  return ok(
    tables.map((table) => {
      const name = tableOf(accessOf(access, table.director));
      const account = weightAccount(unfinished.value, name);
      const remembered = known.value
        .filter((mark) => mark.table === name)
        .map((mark) => ({
          ...mark,
          weight: account.inForce(mark.service, mark.server, mark.weight),
        }));
      return { ...table, remembered };
    }),
  );
}

/** Marks, and the rollouts on whose scale a service may be. */
export type MarkingStore = UnfinishedStore & Pick<Store, 'marks'>;

export interface MarkedTable extends MaintenanceTable {
  readonly remembered: readonly MaintenanceMark[];
}

/**
 * Marks each server of a maintenance rollout, before the first edit, with the base weight to come
 * back to, so that a crash never leaves a weight 0 that nobody remembers. Nothing for a hand-over.
 */
export async function markServers(
  store: MarkingStore,
  { rollout, plan, access }: Maintenance,
  nowMs: number,
): Promise<Result<void>> {
  const direction = maintenanceOf(plan);
  if (!direction) return ok(undefined);
  const { marks } = store;
  const known = await marksOf(marks, access);
  if (!known.ok) return known;
  const unfinished = await unfinishedRollouts(store);
  if (!unfinished.ok) return unfinished;
  const others = unfinished.value.filter((one) => one.rollout !== rollout);
  for (const { table, service } of servicesOf(plan, access)) {
    const here = known.value.filter((mark) => mark.table === table);
    const account = weightAccount(others, table);
    const baseOf = (server: Server, weight: number): number =>
      account.baseOf(service.service, server, weight);
    for (const server of [...service.oldServers, ...service.newServers]) {
      const now = { key: server, weight: baseOf(server, baselineWeight(service, server)) };
      const mark = rememberedBy(here, 'operator', service.service, server);
      const isOut = mark !== undefined && (direction === 'in' || now.weight === 0);
      const put = await marks.put({
        table,
        service: service.service,
        server,
        reason: 'operator',
        weight:
          direction === 'out'
            ? weightBefore(here, service.service, now)
            : baseOf(server, finalWeight(service, server)),
        sinceMs: isOut ? mark.sinceMs : nowMs,
        rollout,
      });
      if (!put.ok) return put;
    }
  }
  return ok(undefined);
}

/** Removes marks after the last edit: a server with weight, or retired, is out no more. */
export async function settleMarks(
  marks: Marks,
  { plan, access }: Omit<Maintenance, 'rollout'>,
  { outcome }: Pick<RolloutEnd, 'outcome'>,
): Promise<Result<void>> {
  const direction = maintenanceOf(plan);
  const isRetired = direction === 'out' && !plan.policy.keep && outcome === 'done';
  const ended =
    isRetired ||
    (direction === 'in' && outcome === 'done') ||
    (direction === 'out' && outcome === 'rolled-back');
  if (!ended) return ok(undefined);
  for (const { table, service } of servicesOf(plan, access)) {
    for (const server of [...service.oldServers, ...service.newServers]) {
      // Out before the rollout, and back to that.
      if (direction === 'out' && !isRetired && baselineWeight(service, server) === 0) continue;
      const subject = { table, service: service.service, server };
      const removed = await marks.remove({ ...subject, reason: 'operator' });
      if (!removed.ok) return removed;
    }
  }
  return ok(undefined);
}

type Server = ServicePlan['servers'][number];

const servicesOf = ({ directors }: Plan, access: readonly DirectorAccess[]) =>
  directors.flatMap(({ director, services }) => {
    const table = tableOf(accessOf(access, director));
    return services.map((service) => ({ table, service }));
  });

const baselineWeight = ({ baseline }: ServicePlan, server: Server): number =>
  findServer(baseline, server)?.weight ?? 0;

const finalWeight = ({ servers, finalWeights }: ServicePlan, server: Server): number =>
  finalWeights[servers.indexOf(server)] ?? 0;
