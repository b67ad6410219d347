import { abandon } from '../../control/resume/abandon.ts';
import { audienceOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';
import { openTools } from '../settings.ts';

/** `drain abandon ID`: ends a rollout that has stopped. */
export const run: RunCommand = async (env, { given, operands: [rollout = ''] }) => {
  const { tools, store } = await openTools(env, given);
  const audience = audienceOf(env, { tools, given });
  return orRefuse(await abandon({ rollout, store }, audience)).exitCode;
};
