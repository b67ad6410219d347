import { abandon } from '../../control/resume/abandon.ts';
import { audienceOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';
import { openTools } from '../settings.ts';

/** `drain abandon ID`: ends a rollout that has stopped. */
export const run: RunCommand = async (env, { given, operands: [rollout = ''] }) => {
  const { tools, store, place, commands } = await openTools(env, given, { rollout });
  const audience = audienceOf(env, { tools, given, place, commands });
  return orRefuse(await abandon({ rollout, store }, audience)).exitCode;
};
