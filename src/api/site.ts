import type { Config } from '../config/files/config.ts';
import { readConfigured } from '../config/files/read-configured.ts';
import type { GivenOptions } from '../config/options/options.ts';
import { readToolSettings, type ToolSettings } from '../config/settings/settings.ts';
import type { Onlooker } from '../control/audience.ts';
import { openSite, resolveNames, type Scope } from '../control/fleet.ts';
import { scopeOf } from '../control/scope.ts';
import type { Caller } from '../domain/actor/caller.ts';
import { isUnlimited } from '../domain/actor/caller.ts';
import type { ServerName } from '../domain/address.ts';
import { ok, type Result } from '../domain/failure.ts';
import type { Store } from '../rollout/ports.ts';
import type { RolloutState } from '../rollout/state/rollout-state.ts';
import { beyondLimits } from './access/limits.ts';
import type { ApiDeps } from './deps.ts';

/** Nobody watches: simulated time goes as fast as it can, and what takes long is not shown. */
export const nobody: Onlooker = { isLive: false, waitingFor: (_, work) => work() };

/** The place that the server acts in, as its config file has it now. */
export interface ServedSite {
  readonly config: Config;
  readonly given: GivenOptions;
  readonly tools: ToolSettings;
  readonly scope: Scope;
  readonly store: Store;
}

/** Reads the config file again, as each command does. */
export async function servedSite({ ports, given }: ApiDeps): Promise<Result<ServedSite>> {
  const configured = await readConfigured(given);
  if (!configured.ok) return configured;
  const tools = readToolSettings(configured.value.given);
  if (!tools.ok) return tools;
  const { config } = configured.value;
  const scope = scopeOf(tools.value, config);
  const store = await ports.openStore(scope.state);
  return ok({ config, given: configured.value.given, tools: tools.value, scope, store });
}

/** The servers of a caller's groups; nothing for whoever has all. */
export async function ownServers(
  { ports }: Pick<ApiDeps, 'ports'>,
  { scope }: Pick<ServedSite, 'scope'>,
  { groups }: Caller,
): Promise<Result<readonly ServerName[] | undefined>> {
  if (groups === undefined) return ok(undefined);
  const opened = await openSite(ports, scope, nobody);
  if (!opened.ok) return opened;
  return resolveNames(ports, scope.names, { names: groups, tables: opened.value.tables });
}

/** Whether a rollout touches nothing but what is the caller's. */
export async function isWithinLimits(
  deps: Pick<ApiDeps, 'ports'>,
  site: Pick<ServedSite, 'scope'>,
  { caller, state }: { readonly caller: Caller; readonly state: Pick<RolloutState, 'plan'> },
): Promise<Result<boolean>> {
  if (isUnlimited(caller)) return ok(true);
  const own = await ownServers(deps, site, caller);
  return own.ok ? ok(beyondLimits(caller, state.plan, own.value) === undefined) : own;
}
