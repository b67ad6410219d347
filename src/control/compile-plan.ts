import type { Config } from '../config/config.ts';
import { type GivenOptions, layered } from '../config/options.ts';
import { readConfig } from '../config/read-config.ts';
import { resolveServers } from '../config/server-names.ts';
import { readSettings, type Settings, type ToolSettings } from '../config/settings.ts';
import { type Diagnostic, type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { Snapshot } from '../domain/ipvs.ts';
import type { DrainRequest, Plan } from '../domain/plan.ts';
import { buildPlan, type DirectorTable } from '../planner/build-plan.ts';
import type { Environment, OpenFleet } from './environment.ts';
import { lookAtAll, openFleet } from './open-fleet.ts';

/** A request turned into a plan on the tables of the directors as they are now. */
export interface CompiledRequest {
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
  readonly opened: OpenFleet;
  readonly tools: ToolSettings;
}

/** Why there is no plan: one failure, or everything that the planner found wrong. */
export type CompileFailure = readonly Failure[];

/** The options with those of the config file under them. */
export async function withConfig(
  given: GivenOptions,
): Promise<Result<{ readonly config: Config; readonly given: GivenOptions }>> {
  const config = await readConfig(given.get('config')?.values.at(-1));
  return config.ok
    ? ok({ config: config.value, given: layered(given, config.value.defaults) })
    : config;
}

/** Options in (with the config file's under them, or `config`'s names alone); plan out. Changes nothing. */
export async function compilePlan(
  env: Environment,
  given: GivenOptions,
  config?: Config,
): Promise<Result<CompiledRequest, CompileFailure>> {
  const configured = config ? ok({ config, given }) : await withConfig(given);
  if (!configured.ok) return fail([configured.failure]);
  const settings = readSettings(configured.value.given);
  if (!settings.ok) return fail([settings.failure]);
  const { tools } = settings.value;
  const opened = await openFleet(env, tools, configured.value.config);
  if (!opened.ok) return fail([opened.failure]);
  const tables = await lookAtAll(opened.value.directors);
  if (!tables.ok) return fail([tables.failure]);
  const request = await resolveRequest(
    env,
    configured.value.config,
    settings.value,
    servicesOfAll(tables.value),
  );
  if (!request.ok) return fail([request.failure]);
  const { plan, diagnostics } = buildPlan(request.value, tables.value);
  if (!plan) return fail(diagnostics.filter(isError).map(asFailure));
  return ok({ plan, warnings: diagnostics, opened: opened.value, tools });
}

/** What names can mean: servers that any of the tables holds. */
export const servicesOfAll = (tables: readonly DirectorTable[]): Pick<Snapshot, 'services'> => ({
  services: tables.flatMap(({ snapshot }) => snapshot.services),
});

/** The settings of a rollout with every name in them turned into addresses. */
export async function resolveRequest(
  env: Environment,
  config: Config,
  settings: Settings,
  snapshot: Pick<Snapshot, 'services'>,
): Promise<Result<DrainRequest>> {
  const resolve = (name: string) => resolveServers(name, config.names, env.lookUp, snapshot);
  const from = [];
  for (const name of settings.from) {
    const servers = await resolve(name);
    if (!servers.ok) return servers;
    from.push(...servers.value);
  }
  const to = [];
  for (const { name, share } of settings.to) {
    const servers = await resolve(name);
    if (!servers.ok) return servers;
    to.push(
      ...servers.value.map((server) => ({
        name: server,
        ...(share === undefined ? {} : { share }),
      })),
    );
  }
  const { services, ramp, weight, setScheduler, policy, gates, allowDifferences } = settings;
  return ok({
    from,
    to,
    ramp,
    policy,
    ...(services ? { services } : {}),
    ...(weight === undefined ? {} : { weight }),
    ...(setScheduler ? { setScheduler } : {}),
    ...(gates ? { gates } : {}),
    allowDifferences,
  });
}

export const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === 'error';

export const asFailure = ({ kind, message, service, next }: Diagnostic): Failure => ({
  kind: kind ?? 'usage',
  what: message,
  ...(service === undefined ? {} : { where: service }),
  ...(next === undefined ? {} : { next }),
});
