import { readRollbackPace } from '../../config/settings/settings.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';
import { requestCommand } from './request.ts';

/** `drain rollback ID [--over D]`: at once, or as a ramp. */
export const run: RunCommand = async (env, { given, operands: [rollout = ''] }) => {
  // Only as it was asked for here: a length of ramps in the config file is about the way forward.
  const pace = orRefuse(readRollbackPace(given), given);
  return requestCommand(env, given, rollout, { kind: 'rollback', ...(pace ? { pace } : {}) });
};
