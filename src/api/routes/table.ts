import { freezeNow } from '../../control/freeze.ts';
import { listTable } from '../../control/list/list-table.ts';
import type { ListedService } from '../../control/list/listed-service.ts';
import { freezeRecord } from '../../control/status/freeze-lines.ts';
import { isUnlimited } from '../../domain/actor/caller.ts';
import { parseServiceKey, serviceKey } from '../../domain/address.ts';
import type { Result } from '../../domain/failure.ts';
import { fail, ok } from '../../domain/failure.ts';
import type { Freeze } from '../../domain/rollout/freeze.ts';
import { isOneOf } from '../access/limits.ts';
import type { Call, Handler } from '../call.ts';
import type { ApiDeps } from '../deps.ts';
import { type ApiRefusal, refusalOf } from '../problem.ts';
import { nobody, ownServers, servedSite } from '../site.ts';

/** `GET /v1/table`: the tables of the directors, as far as they are the caller's. */
export const getTable: Handler = async (call, deps) => {
  const shown = await shownTable(call, deps);
  if (!shown.ok) return shown;
  const { services, frozen } = shown.value;
  const more = frozen ? { frozen: freezeRecord(frozen) } : {};
  return ok({ status: 200, json: { services, ...more } });
};

/** `GET /v1/services`: their names, and the directors that hold them. */
export const getServices: Handler = async (call, deps) => {
  const shown = await shownTable(call, deps);
  if (!shown.ok) return shown;
  const byService = new Map<string, string[]>();
  for (const { service, director } of shown.value.services) {
    byService.set(service, [...(byService.get(service) ?? []), director]);
  }
  const services = [...byService].map(([service, directors]) => ({ service, directors }));
  return ok({ status: 200, json: { services } });
};

interface ShownTable {
  readonly services: readonly ListedService[];
  readonly frozen: Freeze | undefined;
}

async function shownTable(
  { caller, query }: Call,
  deps: ApiDeps,
): Promise<Result<ShownTable, ApiRefusal>> {
  const site = await servedSite(deps);
  if (!site.ok) return fail(refusalOf(site.failure));
  const { scope, store } = site.value;
  const address = typeof query.service === 'string' ? parseServiceKey(query.service) : undefined;
  const wanted = address ? [serviceKey(address)] : undefined;
  const listed = await listTable(deps.ports, wanted, { scope, onlooker: nobody });
  if (!listed.ok) return fail(refusalOf(listed.failure));
  const frozen = await freezeNow(store, deps.nowMs());
  if (!frozen.ok) return fail(refusalOf(frozen.failure));
  if (isUnlimited(caller)) return ok({ services: listed.value, frozen: frozen.value });
  const own = await ownServers(deps, site.value, caller);
  if (!own.ok) return fail(refusalOf(own.failure));
  const services = listed.value.filter(
    ({ service, director, servers }) =>
      (caller.services?.includes(service) ?? true) &&
      (caller.directors?.includes(director) ?? true) &&
      (own.value === undefined || servers.some(({ server }) => isOneOf(server, own.value ?? []))),
  );
  return ok({ services, frozen: frozen.value });
}
