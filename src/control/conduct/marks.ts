import type { Actor } from '../../domain/actor/actor.ts';
import { ok, type Result } from '../../domain/failure.ts';
import { findServer, findService, type Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import type { MaintenanceTable } from '../../planner/maintenance/build-maintenance.ts';
import {
  type Remembered,
  rememberedBy,
  weightBefore,
} from '../../planner/maintenance/remembered.ts';
import type { DirectorTable } from '../../planner/plan-tables.ts';
import {
  type ClaimStore,
  claimsElsewhere,
  clustersOn,
  tablesOf,
  unfinishedOn,
} from '../../rollout/journal/unfinished.ts';
import type { MaintenanceMark, MarkSubject, Marks, Store } from '../../rollout/ports.ts';
import type { RolloutEnd } from '../../rollout/state/rollout-state.ts';
import { weightAccount } from '../../rollout/state/weight-account.ts';

interface Maintenance {
  readonly rollout: string;
  readonly plan: Plan;
  readonly access: readonly DirectorAccess[];
  readonly actor?: Actor | undefined;
}

/** A mark of this store, or of another one. */
export type KnownMark = MaintenanceMark & Pick<Remembered, 'at'>;

/** The maintenance marks that the store has of these tables, and behind them those of other stores. */
export async function marksOf(
  store: Pick<Store, 'marks' | 'claims'>,
  access: readonly DirectorAccess[],
): Promise<Result<readonly KnownMark[]>> {
  const own = await ownMarks(store.marks, access);
  if (!own.ok) return own;
  const elsewhere = await claimsElsewhere(store, tablesOf(access));
  return elsewhere.ok ? ok([...own.value, ...elsewhere.value.marks]) : elsewhere;
}

async function ownMarks(
  marks: Marks,
  access: readonly DirectorAccess[],
): Promise<Result<readonly MaintenanceMark[]>> {
  const tables = tablesOf(access);
  const all = await marks.list();
  return all.ok ? ok(all.value.filter(({ table }) => tables.includes(table))) : all;
}

/** Each table with its maintenance marks, in weights that stand for theirs on the scale in force. */
export async function withMarks(
  store: MarkingStore,
  access: readonly DirectorAccess[],
  tables: readonly DirectorTable[],
): Promise<Result<readonly MarkedTable[]>> {
  const known = await marksOf(store, access);
  if (!known.ok) return known;
  const claims = await clustersOn(store, tablesOf(access));
  if (!claims.ok) return claims;
  const unfinished = await unfinishedOn(store, tablesOf(access));
  if (!unfinished.ok) return unfinished;
  return ok(
    tables.map((table) => {
      const name = tableOf(accessOf(access, table.director));
      const account = weightAccount(unfinished.value.rollouts, name, table.snapshot.services);
      const remembered = known.value
        .filter((mark) => mark.table === name && (!mark.at || isThere(table.snapshot, mark)))
        .map((mark) => ({
          ...mark,
          weight: account.inForce(mark.service, mark.server, mark.weight),
        }));
      const clusters = claims.value.filter((claim) => claim.table === name);
      return { ...table, remembered, clusters };
    }),
  );
}

/** Marks, and the rollouts on whose scale a service may be. */
export type MarkingStore = ClaimStore & Pick<Store, 'marks'>;

export interface MarkedTable extends MaintenanceTable {
  readonly remembered: readonly KnownMark[];
}

const isThere = (snapshot: Pick<Snapshot, 'services'>, { service, server }: MarkSubject): boolean =>
  findService(snapshot, service)?.servers.some(({ key }) => key === server) ?? false;

/**
 * Marks each server of a maintenance rollout, before the first edit, with the base weight to come
 * back to, so that a crash never leaves a weight 0 that nobody remembers. For a hand-over, marks go
 * that are left of other servers under the names of those that it adds.
 */
export async function markServers(
  store: MarkingStore,
  { rollout, plan, access, actor }: Maintenance,
  nowMs: number,
): Promise<Result<void>> {
  const direction = maintenanceOf(plan);
  const { marks } = store;
  if (!direction) {
    const added = servicesOf(plan, access).flatMap(({ table, service }) =>
      service.added.map(({ key }) => ({
        ...{ table, service: service.service, server: key, reasons: everyReason },
      })),
    );
    return added.length === 0 ? ok(undefined) : removeMarks(marks, access, added);
  }
  const known = await marksOf(store, access);
  if (!known.ok) return known;
  const unfinished = await unfinishedOn(store, tablesOf(access));
  if (!unfinished.ok) return unfinished;
  const others = unfinished.value.rollouts.filter((one) => one.rollout !== rollout);
  for (const { table, service } of servicesOf(plan, access)) {
    const here = known.value.filter((mark) => mark.table === table);
    const account = weightAccount(others, table, [service.baseline]);
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
        name: plan.names?.[server] ?? mark?.name,
        // Who brings a server in, or waits for one once more, has not taken it out.
        actor: isOut ? mark.actor : actor,
      });
      if (!put.ok) return put;
    }
  }
  return ok(undefined);
}

/** The plan with the base weights of bystanders that marks keep at weight 0: they may come back meanwhile. */
export async function withServersOut(
  store: Pick<Store, 'marks' | 'claims'>,
  plan: Plan,
  access: readonly DirectorAccess[],
): Promise<Result<Plan>> {
  const known = await marksOf(store, access);
  if (!known.ok) return known;
  const directors = plan.directors.map((director) => {
    const table = tableOf(accessOf(access, director.director));
    const here = known.value.filter((mark) => mark.table === table);
    return { ...director, services: director.services.map((service) => withOut(service, here)) };
  });
  return ok({ ...plan, directors });
}

function withOut(service: ServicePlan, marks: readonly MaintenanceMark[]): ServicePlan {
  const moved = [...service.oldServers, ...service.newServers];
  const out = service.baseline.servers.flatMap(({ key, weight }) => {
    const base = moved.includes(key) ? 0 : weightBefore(marks, service.service, { key, weight: 0 });
    return weight === 0 && base > 0 ? [[key, base] as const] : [];
  });
  return out.length > 0 ? { ...service, out } : service;
}

/**
 * Removes marks after the last edit. A server with weight is out no more; and a mark ends with a server
 * that has left the table, for another may come under its name.
 */
export async function settleMarks(
  marks: Marks,
  { plan, access }: Pick<Maintenance, 'plan' | 'access'>,
  { outcome }: Pick<RolloutEnd, 'outcome'>,
): Promise<Result<void>> {
  const ended = servicesOf(plan, access).flatMap(({ table, service }) =>
    endedMarks(plan, service, outcome).map((one) => ({ table, service: service.service, ...one })),
  );
  return ended.length === 0 ? ok(undefined) : removeMarks(marks, access, ended);
}

type Reason = MaintenanceMark['reason'];

interface EndedMark {
  readonly server: Server;
  readonly reasons: readonly Reason[];
}

const everyReason: readonly Reason[] = ['operator', 'health'];

/** The servers of a service whose marks end with the rollout, for these reasons. */
function endedMarks(
  plan: Plan,
  service: ServicePlan,
  outcome: RolloutEnd['outcome'],
): readonly EndedMark[] {
  const { oldServers, added } = service;
  // One that a move has left at weight 0 is out by whoever has it out.
  const newServers = service.newServers.filter(
    (server) => !plan.move || finalWeight(service, server) > 0,
  );
  const all = (servers: readonly Server[], reasons = everyReason) =>
    servers.map((server) => ({ server, reasons }));
  const removed = plan.policy.keep ? [] : all(oldServers);
  switch (maintenanceOf(plan)) {
    case 'in':
      return outcome === 'done' ? all(newServers, ['operator']) : [];
    case 'out':
      if (outcome === 'done') return removed;
      // One that was out before the rollout is back to that.
      return outcome === 'rolled-back'
        ? all(
            oldServers.filter((server) => baselineWeight(service, server) > 0),
            ['operator'],
          )
        : [];
    case undefined:
      if (outcome === 'done') return [...all(newServers), ...removed];
      if (outcome !== 'rolled-back') return [];
      // Those that have their weight from before are out no more, and have it whatever a mark remembers.
      return [
        ...all(added.map(({ key }) => key)),
        ...all(
          [...oldServers, ...service.newServers].filter(
            (server) => baselineWeight(service, server) > 0,
          ),
        ),
      ];
  }
}

async function removeMarks(
  marks: Marks,
  access: readonly DirectorAccess[],
  ended: readonly (Omit<MarkSubject, 'reason'> & Pick<EndedMark, 'reasons'>)[],
): Promise<Result<void>> {
  const known = await ownMarks(marks, access);
  if (!known.ok) return known;
  for (const mark of known.value) {
    const isEnded = ended.some(
      ({ table, service, server, reasons }) =>
        table === mark.table &&
        service === mark.service &&
        server === mark.server &&
        reasons.includes(mark.reason),
    );
    const removed = isEnded ? await marks.remove(mark) : ok(undefined);
    if (!removed.ok) return removed;
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
