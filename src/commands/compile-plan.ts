import type { Config } from '../config/config.ts';
import { resolveDirector } from '../config/known-directors.ts';
import { type GivenOptions, layered } from '../config/options.ts';
import { readConfig } from '../config/read-config.ts';
import { resolveServers } from '../config/server-names.ts';
import { readSettings, type Settings, type ToolSettings } from '../config/settings.ts';
import { type Diagnostic, type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { Snapshot } from '../domain/ipvs.ts';
import type { DrainRequest, Plan } from '../domain/plan.ts';
import { buildPlan, type DirectorTable } from '../planner/build-plan.ts';
import type { Director } from '../rollout/ports.ts';
import type { Environment, OpenDirector } from './environment.ts';

/** A request turned into a plan on the table of the director as it is now. */
export interface CompiledRequest {
  readonly plan: Plan;
  readonly warnings: readonly Diagnostic[];
  readonly opened: OpenDirector;
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
  const opened = await openDirector(env, tools, configured.value.config);
  if (!opened.ok) return fail([opened.failure]);
  const table = await lookAt(opened.value.director);
  if (!table.ok) return fail([table.failure]);
  const request = await resolveRequest(
    env,
    configured.value.config,
    settings.value,
    table.value.snapshot,
  );
  if (!request.ok) return fail([request.failure]);
  const { plan, diagnostics } = buildPlan(request.value, [table.value]);
  if (!plan) return fail(diagnostics.filter(isError).map(asFailure));
  return ok({ plan, warnings: diagnostics, opened: opened.value, tools });
}

/** Table and machine, at the same time: the preflight takes no longer than the listing. */
export async function lookAt(director: Director): Promise<Result<DirectorTable>> {
  const [snapshot, facts] = await Promise.all([director.snapshot(), director.facts()]);
  if (!snapshot.ok) return fail(beforeTheStart(snapshot.failure));
  return ok({ director: director.name, snapshot: snapshot.value, facts });
}

export function openDirector(
  env: Environment,
  tools: ToolSettings,
  { directors }: Pick<Config, 'directors'>,
): Promise<Result<OpenDirector>> {
  const [text = 'local'] = tools.directors;
  const paced = showsLive(env, tools);
  return env.openDirector({ ...resolveDirector(text, directors, tools.ipvsadm), paced });
}

/** Whether a person watches: then a simulated director takes its time. */
export const showsLive = (env: Environment, tools: ToolSettings): boolean =>
  tools.output === 'tty' || (tools.output === 'auto' && env.stdoutIsTty);

/** Nothing has been touched yet: a director that fails now is refused, not held. */
export const beforeTheStart = (failure: Failure): Failure =>
  failure.kind === 'director' ? { ...failure, kind: 'preflight' } : failure;

/** The settings of a rollout with every name in them turned into addresses. */
export async function resolveRequest(
  env: Environment,
  config: Config,
  settings: Settings,
  snapshot: Snapshot,
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
  const { services, ramp, weight, setScheduler, policy, gates } = settings;
  return ok({
    from,
    to,
    ramp,
    policy,
    ...(services ? { services } : {}),
    ...(weight === undefined ? {} : { weight }),
    ...(setScheduler ? { setScheduler } : {}),
    ...(gates ? { gates } : {}),
  });
}

export const isError = (diagnostic: Diagnostic): boolean => diagnostic.severity === 'error';

export const asFailure = ({ kind, message, service, next }: Diagnostic): Failure => ({
  kind: kind ?? 'usage',
  what: message,
  ...(service === undefined ? {} : { where: service }),
  ...(next === undefined ? {} : { next }),
});
