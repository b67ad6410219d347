import { isOn } from '../../config/options/options.ts';
import type { RunCommand } from '../command-line/command.ts';
import { listRollouts } from './list-rollouts.ts';
import { watch } from './rows.ts';

/** `drain status [ID] [--watch]`: once, or until it is told to stop. */
export const run: RunCommand = async (env, { given, operands: [word] }) => {
  if (!isOn(given, watch.name)) return listRollouts(env, given, word);
  const { watchCommand } = await import('./watch-status.ts');
  return watchCommand(env, given, word);
};
