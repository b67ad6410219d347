import type { Config } from '../config/files/config.ts';
import { readConfig } from '../config/files/read-config.ts';
import { resolveDirector } from '../config/names/known-directors.ts';
import { type GivenOptions, layered } from '../config/options/options.ts';
import { readToolSettings, type ToolSettings } from '../config/settings/settings.ts';
import type { Scope } from '../control/fleet.ts';
import { ok, type Result } from '../domain/failure.ts';
import type { Store } from '../rollout/ports.ts';
import type { Environment } from './environment.ts';
import { orRefuse } from './refusal.ts';

export interface Configured {
  readonly config: Config;
  /** The options with those of the config file under them. */
  readonly given: GivenOptions;
}

export async function readConfigured(given: GivenOptions): Promise<Result<Configured>> {
  const config = await readConfig(given);
  return config.ok
    ? ok({ config: config.value, given: layered(given, config.value.defaults) })
    : config;
}

/** The scope of a command: directors and names through the config file. */
export const scopeOf = (tools: ToolSettings, { directors, names }: Config): Scope => ({
  directors: tools.directors.map((text) => resolveDirector(text, directors, tools.ipvsadm)),
  names,
  state: tools.state,
});

export interface Tools {
  readonly config: Config;
  readonly tools: ToolSettings;
}

/** The options that do not describe a rollout. */
export async function readTools(given: GivenOptions): Promise<Result<Tools>> {
  const configured = await readConfigured(given);
  if (!configured.ok) return configured;
  const { config } = configured.value;
  const tools = readToolSettings(configured.value.given);
  return tools.ok ? ok({ config, tools: tools.value }) : tools;
}

/** The tool settings with the store that they name opened; refuses where they are wrong. */
export async function openTools(
  env: Environment,
  given: GivenOptions,
): Promise<Tools & { readonly store: Store }> {
  const { config, tools } = orRefuse(await readTools(given), given);
  return { config, tools, store: await env.openStore(tools.state) };
}
