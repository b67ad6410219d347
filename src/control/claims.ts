import { parseServerName, type ServerKey } from '../domain/address.ts';
import { ok, type Result } from '../domain/failure.ts';
import type { Floors } from '../domain/floor/floor.ts';
import type { DirectorAccess } from '../domain/places/director-access.ts';
import { movedServers, type Plan } from '../domain/rollout/plan.ts';
import { accessOf, tableOf } from '../domain/rollout/rollout-locks.ts';
import {
  type AroundClaim,
  type ClaimedTable,
  examineMarks,
} from '../planner/diagnose/examine-marks.ts';
import { clustersOn, tablesOf } from '../rollout/journal/unfinished.ts';
import type { Store } from '../rollout/ports.ts';
import type { PlanFailure, PlannedRollout } from './apply/planned-rollout.ts';
import { planErrors } from './apply/planned-rollout.ts';
import { aroundServerResource } from './around/context.ts';
import { marksOf } from './conduct/marks.ts';
import { keepFloors } from './floor/keep-floors.ts';
import type { ControlPorts } from './ports.ts';

export type ClaimStore = Pick<Store, 'marks' | 'arounds' | 'holder' | 'claims'>;

/**
 * The plan with what speaks against it by marks, arounds and the floors of its services: refused, or with
 * `force` as warnings.
 */
export async function withoutClaims(
  ports: Pick<ControlPorts, 'openStore'>,
  planned: PlannedRollout,
  { floors, force = false }: { readonly floors: Floors; readonly force?: boolean },
): Promise<Result<PlannedRollout, PlanFailure>> {
  const { plan, warnings, opened, state } = planned;
  const store = planned.store ?? (await ports.openStore(state, opened.access));
  const tables = await claimedTables(store, plan, opened.access);
  if (!tables.ok) return { ok: false, failure: [tables.failure] };
  const claimed = examineMarks(plan, tables.value, { force });
  const { replaces } = planned;
  const floored = await keepFloors(store, plan, { floors, access: opened.access, force, replaces });
  if (!floored.ok) return { ok: false, failure: [floored.failure] };
  const found = [...claimed, ...floored.value.diagnostics];
  const errors = planErrors(found);
  if (errors.length > 0) return { ok: false, failure: errors };
  return ok({ ...planned, plan: floored.value.plan, store, warnings: [...warnings, ...found] });
}

/** The marks and arounds of a plan's servers, by director. */
async function claimedTables(
  store: ClaimStore,
  plan: Plan,
  access: readonly DirectorAccess[],
): Promise<Result<readonly ClaimedTable[]>> {
  const marks = await marksOf(store, access);
  if (!marks.ok) return marks;
  const claims = await clustersOn(store, tablesOf(access));
  if (!claims.ok) return claims;
  const tables: ClaimedTable[] = [];
  for (const { director } of plan.directors) {
    const at = accessOf(access, director);
    const name = tableOf(at);
    const moved = movedServers(plan).filter((one) => one.director === director);
    const servers = moved.map(({ server }) => server);
    const arounds = await aroundsAt(store, at, servers);
    if (!arounds.ok) return arounds;
    const remembered = marks.value.filter(({ table }) => table === name);
    const clusters = claims.value.filter(({ table }) => table === name);
    tables.push({ director, remembered, clusters, arounds: arounds.value });
  }
  return ok(tables);
}

/**
 * Finds each `drain around` that has one of these servers out, or brings it back: from its lock, and from
 * its record, which says how far it is.
 */
export async function aroundsAt(
  store: Pick<Store, 'arounds' | 'holder'>,
  access: DirectorAccess,
  servers: readonly ServerKey[],
): Promise<Result<readonly AroundClaim[]>> {
  const addresses = new Set(servers.flatMap((server) => parseServerName(server)?.address ?? []));
  const claims: AroundClaim[] = [];
  for (const address of addresses) {
    const holder = await store.holder(aroundServerResource(address, access));
    if (!holder) continue;
    const { rollout: around, pid, sinceMs } = holder;
    const record = await store.arounds.read(around);
    if (!record.ok) return record;
    const isAt = record.value?.batches.some(
      ({ phase, servers: members }) =>
        phase !== 'waiting' &&
        phase !== 'done' &&
        members.some((member) => member.address === address),
    );
    if (isAt) claims.push({ address, around, pid, sinceMs });
  }
  return ok(claims);
}
