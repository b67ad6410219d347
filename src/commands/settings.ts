import { type Config, noConfig } from '../config/files/config.ts';
import { readConfigured } from '../config/files/read-configured.ts';
import type { GivenOptions } from '../config/options/options.ts';
import { readToolSettings, type ToolSettings } from '../config/settings/settings.ts';
import { namedRollout } from '../control/past/named-rollout.ts';
import { type Failure, fail, ok, type Result } from '../domain/failure.ts';
import type { CommandContext } from '../domain/rollout/rollout-status.ts';
import { adviceText } from '../domain/rollout/rollout-status.ts';
import { describeFailure } from '../reporters/wording.ts';
import type { Store } from '../rollout/ports.ts';
import { commandsOf, reachingCommands } from './command-context.ts';
import type { Environment, StatePlace } from './environment.ts';
import { orRefuse, Refusal } from './refusal.ts';

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

export interface ToolsAsked<Named extends string | undefined> {
  /** The rollout that the command is about: its id, what is unique of it, or `latest`. */
  readonly rollout: Named;
  /** Whether the command stays for what is to come: the state may begin meanwhile. */
  readonly stays?: boolean;
}

export interface OpenedTools<Named extends string | undefined> extends Tools {
  /** The id of the rollout that was asked for, by whatever name. */
  readonly rollout: Named;
  /** The place of the commands that are printed. */
  readonly commands: CommandContext;
  readonly store: Store;
  readonly place: StatePlace;
}

/**
 * The tool settings of a command on journals with the store that they name opened. Such a command needs
 * no config file: one that cannot be used is told, and left out.
 */
export async function openTools<Named extends string | undefined>(
  env: Environment,
  given: GivenOptions,
  { rollout, stays = false }: ToolsAsked<Named>,
): Promise<OpenedTools<Named>> {
  const read = await readTools(given);
  const { config, tools } = read.ok ? read.value : withoutConfig(env, given, rollout, read.failure);
  const place = orRefuse(await placeOfState(env, tools, { mayBegin: stays }), given);
  const commands = reachingCommands(tools, given);
  const store = await env.openStore(tools.state);
  const named = rollout === undefined ? ok(undefined) : await namedRollout(store, rollout);
  const id = orRefuse<string | undefined>(named, given);
  return { config, tools, place, commands, store, rollout: id as Named };
}

/** The place of the state; a failure names the option, variable or file that named the state. */
export async function placeOfState(
  env: Pick<Environment, 'examineState'>,
  { state, stateGivenBy }: ToolSettings,
  { mayBegin = false } = {},
): Promise<Result<StatePlace>> {
  const place = await env.examineState(state, { mayBegin });
  return place.ok ? place : fail({ where: stateGivenBy, ...place.failure });
}

/** The settings without the config file; refuses where the failure is of something else. */
function withoutConfig(
  env: Environment,
  given: GivenOptions,
  rollout: string | undefined,
  failure: Failure,
): Tools {
  const tools = orRefuse(readToolSettings(given), given);
  // Of a list nobody sees that it is that of another state than the file would have named.
  if (rollout === undefined && given.has('config') && !given.has('state')) {
    const next = `${failure.next ? `${adviceText(failure.next)}; ` : ''}or say where the state is: --state`;
    throw new Refusal([{ ...failure, next }], given);
  }
  const what = `going on without the config file: ${failure.what}`;
  env.err(`${describeFailure({ ...failure, what }, commandsOf(tools))}\n`);
  return { config: noConfig, tools };
}

/** The commands of a command line that was refused, wherever it came to that. */
export async function commandsOfLine(
  name: string | undefined,
  given: GivenOptions,
): Promise<CommandContext> {
  const configured = await readConfigured(given);
  const tools = readToolSettings(configured.ok ? configured.value.given : given);
  if (!tools.ok) return {};
  const reaches = name === 'resume' || name === 'rollback';
  return reaches ? reachingCommands(tools.value, given) : commandsOf(tools.value);
}
