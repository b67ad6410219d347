import type { KnownNames } from '../../config/names/server-names.ts';
import { parseServerName, type ServerName, type ServiceKey } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { hasFloors } from '../../domain/floor/floor.ts';
import { keptServers } from '../../domain/health/guard-report.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { printable } from '../../domain/printable.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import { readGuardReports } from '../../rollout/guard-reports.ts';
import {
  clustersOn,
  rolloutsToBegin,
  tablesOf,
  unfinishedOn,
} from '../../rollout/journal/unfinished.ts';
import type { Store } from '../../rollout/ports.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';
import { weightAccount } from '../../rollout/state/weight-account.ts';
import { watchRollout } from '../../watch/watch-rollout.ts';
import { marksOf } from '../conduct/marks.ts';
import { openSite, type WatchedScope } from '../fleet.ts';
import { countTables } from '../floor/keep-floors.ts';
import type { ControlPorts } from '../ports.ts';
import { summaryOf } from '../status/summary.ts';
import {
  type ListedRollout,
  type ListedService,
  listedServices,
  type Named,
} from './listed-service.ts';

/** The tables of the directors with all that claims something there. Changes nothing. */
export async function listTable(
  ports: ControlPorts,
  wanted: readonly ServiceKey[] | undefined,
  { scope, onlooker }: WatchedScope,
): Promise<Result<readonly ListedService[]>> {
  const site = await openSite(ports, scope, onlooker);
  if (!site.ok) return site;
  const { opened, tables } = site.value;
  const held = tables.flatMap(({ snapshot }) => snapshot.services.map(({ key }) => key));
  const missing = wanted?.find((key) => !held.includes(key));
  if (missing !== undefined) {
    const suggestion = didYouMean(missing, held);
    return fail({
      kind: 'usage',
      what: `no director holds the service ${printable(missing)}${suggestion}`,
      next: 'drain list without a service shows all of them',
    });
  }
  const { access } = opened;
  const store = await ports.openStore(scope.state, access);
  const marks = await marksOf(store, access);
  if (!marks.ok) return marks;
  const clusters = await clustersOn(store, tablesOf(access));
  if (!clusters.ok) return clusters;
  const fallbacks = await store.marks.fallbacks.list();
  if (!fallbacks.ok) return fallbacks;
  const nowMs = Date.now();
  const reports = await readGuardReports(store, nowMs);
  if (!reports.ok) return reports;
  const kept = keptServers(reports.value, nowMs);
  const unfinished = await unfinishedOn(store, tablesOf(access));
  if (!unfinished.ok) return unfinished;
  const { rollouts } = unfinished.value;
  const waiting = await rolloutsToBegin(store);
  if (!waiting.ok) return waiting;
  const told = new Map<string, ListedRollout>();
  for (const one of rollouts) {
    const found = await toldOf(store, one);
    if (found) told.set(one.rollout, found);
  }
  // One whose process is gone has nothing of the table, and will not begin by itself.
  for (const one of waiting.value) {
    const found = await toldOf(store, one);
    if (found?.state === 'running') told.set(one.rollout, found);
  }
  const named = namedBy(scope.names);
  const counted = hasFloors(scope.floors) ? await countTables(store, access, tables) : ok([]);
  if (!counted.ok) return counted;
  return ok(
    tables.flatMap((table) => {
      const name = tableOf(accessOf(access, table.director));
      const own = counted.value.find(({ director }) => director === table.director);
      return listedServices(
        {
          table,
          marks: marks.value.filter((mark) => mark.table === name),
          clusters: clusters.value.filter((claim) => claim.table === name),
          fallbacks: fallbacks.value.filter((claim) => claim.table === name),
          kept: kept.filter((one) => one.table === name),
          account: weightAccount(rollouts, name, table.snapshot.services),
          rollouts: rolloutsOn([...rollouts, ...waiting.value], name, told),
          floors: scope.floors,
          counted: own?.services ?? [],
        },
        named,
        wanted,
      );
    }),
  );
}

/** The rollout as `drain status` shows it; that of another store is in no state that is known here. */
async function toldOf(store: Store, state: RolloutState): Promise<ListedRollout | undefined> {
  const seen = await watchRollout(store, state.rollout).look(Date.now(), 'never');
  if (!seen.ok) return undefined;
  const { pid: _, phase: __, startedAt: ___, ...told } = summaryOf(seen.value);
  return told;
}

function rolloutsOn(
  rollouts: readonly RolloutState[],
  table: string,
  told: ReadonlyMap<string, ListedRollout>,
): ReadonlyMap<ServiceKey, readonly ListedRollout[]> {
  const found = new Map<ServiceKey, readonly ListedRollout[]>();
  for (const { rollout, plan, access } of rollouts) {
    const one = told.get(rollout);
    if (!one) continue;
    for (const { director, services } of plan.directors) {
      if (tableOf(accessOf(access, director)) !== table) continue;
      for (const { service } of services) found.set(service, [...(found.get(service) ?? []), one]);
    }
  }
  return found;
}

/** Names and groups with the addresses that they mean; one that is a host's name is left out, for nobody is asked. */
function namedBy({ names, groups }: KnownNames): Named {
  const addressOf = (text: string): readonly ServerName[] => {
    const found = parseServerName(names.get(text) ?? text);
    return found ? [found] : [];
  };
  return {
    names: [...names.keys()].flatMap((name) => addressOf(name).map((one) => [name, one] as const)),
    groups: [...groups].flatMap(([group, members]) =>
      members.flatMap((member) => addressOf(member).map((one) => [group, one] as const)),
    ),
  };
}
