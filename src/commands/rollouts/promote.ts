import type { RunCommand } from '../command-line/command.ts';
import { requestCommand } from './request.ts';

/** `drain promote ID`: asks the process that runs the rollout, or takes its last step here. */
export const run: RunCommand = (env, { given, operands: [rollout = ''] }) =>
  requestCommand(env, given, rollout, { request: { kind: 'promote' } });
