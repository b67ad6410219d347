import { type AbandonNote, abandon } from '../../control/resume/abandon.ts';
import { anyReason, askerOf } from '../asker.ts';
import { audienceOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import type { OwnWords } from '../note-words.ts';
import { orRefuse } from '../refusal.ts';
import { openTools } from '../settings.ts';
import { requestWords } from './request.ts';

/** `drain abandon ID`: ends a rollout that has stopped. */
export const run: RunCommand = async (env, { given, operands: [word = ''] }) => {
  const { tools, store, place, commands, rollout } = await openTools(env, given, {
    rollout: word,
  });
  const actor = await askerOf(env, given, anyReason);
  const audience = audienceOf(env, {
    ...{ tools, given, actor, place, commands },
    words: { ...requestWords(env), ...words },
  });
  return orRefuse(await abandon(env, { rollout, store }, audience)).exitCode;
};

const words: OwnWords<AbandonNote> = {
  abandoned: ({ rollout, message }) => `rollout ${rollout} ${message}`,
};
