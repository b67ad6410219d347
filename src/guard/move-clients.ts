import type { ServiceKey } from '../domain/address.ts';
import type { GuardEventBody } from '../domain/events/guard-event.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { GuardConfig } from '../domain/health/guard.ts';
import {
  type Change,
  findServer,
  findService,
  type RealServer,
  type Snapshot,
} from '../domain/ipvs/ipvs.ts';
import type { MaintenanceMark } from '../rollout/ports.ts';
import type { Decisions } from './decide/service-view.ts';
import type { GuardDeps } from './guard-ports.ts';
import type { GuardWorld } from './guard-view.ts';

/** The setting with which the kernel drops the connections of a server that is removed. */
const dropping = 'expire_nodest_conn';
/** The kernel drops them beside the removal, in a moment that grows with its table. */
const patienceMs = 3_000;
const pollMs = 100;

/** A dead server whose clients are to leave it, with the mark that it has already. */
export interface Leaving {
  readonly mark: MaintenanceMark;
  readonly server: RealServer;
}

/** Dead servers that the decisions have just taken to 0, in services whose clients are to move. */
export function leavingServers(
  { services }: GuardConfig,
  decisions: Decisions,
  { marks, snapshot }: Pick<GuardWorld, 'marks' | 'snapshot'>,
): readonly Leaving[] {
  const moving = new Set(services.flatMap((one) => (one.clients === 'move' ? [one.service] : [])));
  return [...decisions].flatMap(([service, { edits }]) =>
    edits.flatMap(({ server: { key }, reason }): Leaving[] => {
      if (reason !== 'dead' || !moving.has(service)) return [];
      const mark = marks.find(
        (one) => one.service === service && one.server === key && one.reason === 'health',
      );
      const live = findService(snapshot, service);
      const server = live && findServer(live, key);
      return mark && server ? [{ mark, server }] : [];
    }),
  );
}

/** Marks in these services with which a guard was cut off between a removal and its end. */
export const cutOff = (
  { marks }: Pick<GuardWorld, 'marks'>,
  services?: readonly ServiceKey[],
): readonly MaintenanceMark[] =>
  marks.filter(({ service, row }) => row && (services?.includes(service) ?? true));

/**
 * Takes servers at weight 0 out of the table and adds them again with all that they had, so that the
 * kernel drops their connections and templates. Their marks have the whole row before: wherever this is
 * cut off, `restoreRows` goes on.
 */
export async function moveClients(
  deps: GuardDeps,
  leaving: readonly Leaving[],
  snapshot: Snapshot,
): Promise<Result<readonly GuardEventBody[]>> {
  if (leaving.length === 0) return ok([]);
  const { director, store } = deps;
  const { sysctls } = await director.facts({ version: false });
  const before = sysctls.get(dropping);
  if (before === undefined || !director.setSysctl) return fail(unknownSetting(director.name));
  const marks = leaving.map(({ mark, server }): MaintenanceMark => {
    return { ...mark, row: { server: { ...server, weight: 0 }, expireNodestConn: before } };
  });
  for (const mark of marks) {
    const put = await store.marks.put(mark);
    if (!put.ok) return put;
  }
  const set = before === 1 ? ok(undefined) : await director.setSysctl(dropping, 1);
  if (!set.ok) {
    const undone = await putPlain(store, marks);
    return undone.ok ? set : undone;
  }
  const removed = await director.apply(
    leaving.map(({ mark, server }) => change('remove-server', mark, server)),
    snapshot,
  );
  const left = removed.ok ? await waitForClients(deps, leaving) : new Map<string, number>();
  const restored = await restoreRows(deps, marks);
  if (!removed.ok) return removed;
  if (!restored.ok) return restored;
  return ok(
    leaving.map(({ mark: { service, server } }) => {
      return { type: 'clients-moved', service, server, left: left.get(server) ?? 0 };
    }),
  );
}

/** Adds the servers of these marks that are not in the table, and puts the setting back as it was. */
export async function restoreRows(
  { director, store }: Pick<GuardDeps, 'director' | 'store'>,
  marks: readonly MaintenanceMark[],
): Promise<Result<void>> {
  const pending = marks.flatMap(({ row, ...mark }) => (row ? [{ mark, row }] : []));
  if (pending.length === 0) return ok(undefined);
  const listed = await director.snapshot();
  if (!listed.ok) return listed;
  const missing = pending.filter(({ mark, row }) => {
    const service = findService(listed.value, mark.service);
    return service && !findServer(service, row.server.key);
  });
  if (missing.length > 0) {
    const adds = missing.map(({ mark, row }) => change('add-server', mark, row.server));
    const added = await director.apply(adds);
    if (!added.ok) return added;
  }
  const before = Math.min(...pending.map(({ row }) => row.expireNodestConn));
  const set = before === 1 ? ok(undefined) : await director.setSysctl?.(dropping, before);
  if (set && !set.ok) return set;
  return putPlain(store, marks);
}

/** Puts the marks without their rows: nothing is under way any more. */
async function putPlain(
  store: Pick<GuardDeps['store'], 'marks'>,
  marks: readonly MaintenanceMark[],
): Promise<Result<void>> {
  for (const { row, ...mark } of marks) {
    const put = row ? await store.marks.put(mark) : ok(undefined);
    if (!put.ok) return put;
  }
  return ok(undefined);
}

const change = (
  kind: 'remove-server' | 'add-server',
  { service }: MaintenanceMark | Omit<MaintenanceMark, 'row'>,
  server: RealServer,
): Change => ({ kind, service, server });

/** Waits until the kernel has dropped what was on these servers; returns what is left, by server. */
async function waitForClients(
  { director, clock }: GuardDeps,
  leaving: readonly Leaving[],
): Promise<ReadonlyMap<string, number>> {
  const untilMs = clock.nowMs() + patienceMs;
  const keys = new Set<string>(leaving.map(({ server }) => server.key));
  for (;;) {
    await clock.sleepUntil(clock.nowMs() + pollMs);
    const table = await director.connections();
    const left = new Map<string, number>();
    if (!table.ok) return left;
    for (const { server } of table.value.entries) {
      if (keys.has(server)) left.set(server, (left.get(server) ?? 0) + 1);
    }
    if (left.size === 0 || clock.nowMs() >= untilMs) return left;
  }
}

const unknownSetting = (director: string): Failure => ({
  kind: 'preflight',
  what: `clients of dead servers stay: net.ipv4.vs.${dropping} of ${director} cannot be read or set from here`,
  next: 'give `clients: stay`, or an --ipvsadm whose words before ipvsadm lead to the machine',
});
