import { resolve } from 'node:path';
import type { GivenOptions, OptionName } from '../config/options/options.ts';
import type { ToolSettings } from '../config/settings/settings.ts';
import type { OpenFleet } from '../control/ports.ts';
import { isSimulated } from '../domain/places/director-access.ts';
import { isEtcdPlace } from '../domain/places/etcd-place.ts';
import type { CommandContext } from '../domain/rollout/rollout-status.ts';

/** The options that commands about rollouts need, to be pasted in any folder and in any shell. */
export const commandsOf = ({ state, config }: ToolSettings): CommandContext => ({
  options: [
    ...(state === undefined ? [] : ['--state', absolute('state', state)]),
    ...(config === undefined ? [] : ['--config', resolve(config)]),
  ],
});

/** The same with the ways to directors that somebody gave, for the commands that take them. */
export const reachingCommands = (tools: ToolSettings, given: GivenOptions): CommandContext => ({
  ...commandsOf(tools),
  reach: optionWords(given, (name) => name === 'director' || name === 'ipvsadm'),
});

/** The same about a rollout on these directors: in a simulation without a state nothing of it stays. */
export const commandsOn = (
  commands: CommandContext,
  { access }: Pick<OpenFleet, 'access'>,
  { state }: ToolSettings,
): CommandContext => ({ ...commands, isPassing: state === undefined && isSimulated(access) });

/** Options of a command line as words again, those that name a place by its whole path. */
export function optionWords(
  given: GivenOptions,
  isWanted: (name: OptionName) => boolean,
): readonly string[] {
  return [...given].flatMap(([name, { layer, where: flag, isFlag, values }]) => {
    if (layer !== 'command-line' || !isWanted(name)) return [];
    if (isFlag) return [flag];
    return values.flatMap((value) => {
      const word = absolute(name, value);
      return word.startsWith('-') ? [`${flag}=${word}`] : [flag, word];
    });
  });
}

const ofFiles: readonly OptionName[] = ['state', 'config', 'report'];

function absolute(name: OptionName, value: string): string {
  if (name === 'director') return value.replace(/^sim:(.+)$/s, (_, file) => `sim:${resolve(file)}`);
  return ofFiles.includes(name) && !isEtcdPlace(value) ? resolve(value) : value;
}
