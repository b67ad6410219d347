import type { RunCommand } from '../command-line/command.ts';
import { requestCommand } from './request.ts';

/** `drain continue ID`: asks the process that runs the rollout. */
export const run: RunCommand = (env, { given, operands: [rollout = ''] }) =>
  requestCommand(env, given, rollout, { request: { kind: 'continue' } });
