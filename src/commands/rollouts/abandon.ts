import { type AbandonNote, abandon } from '../../control/resume/abandon.ts';
import { audienceOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { OwnWords } from '../note-words.ts';
import { orRefuse } from '../refusal.ts';
import { openTools } from '../settings.ts';

/** `drain abandon ID`: ends a rollout that has stopped. */
export const run: RunCommand = async (env, { given, operands: [word = ''] }) => {
  const { tools, store, place, commands, rollout } = await openTools(env, given, {
    rollout: word,
  });
  const audience = audienceOf(env, { tools, given, place, commands, words });
  return orRefuse(await abandon({ rollout, store }, audience)).exitCode;
};

const words: OwnWords<AbandonNote> = {
  abandoned: ({ rollout, message }) => `rollout ${rollout} ${message}`,
};
