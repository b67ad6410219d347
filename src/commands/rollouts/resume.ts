import { type GivenOptions, isOn, type OptionName } from '../../config/options/options.ts';
import { readResumeTerms } from '../../config/settings/resume-terms.ts';
import { type ResumeNote, resume, resumeAll } from '../../control/resume/resume.ts';
import { type TakeOverNote, takeOver } from '../../control/resume/take-over.ts';
import type { Advice } from '../../domain/printed-command.ts';
import { commandText } from '../../domain/rollout/rollout-status.ts';
import { anyReason, askerOf, programOf } from '../asker.ts';
import { audienceOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import { resumeTerms } from '../command-line/usual-options.ts';
import type { OwnWords } from '../note-words.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { openTools } from '../settings.ts';
import { all, follow, override } from './rows.ts';

/**
 * `drain resume ID`, with `--all` every rollout that was cut off by a crash or a shutdown, and with
 * `--follow` those that will be as well.
 */
export const run: RunCommand = async (env, { given, operands: [word] }) => {
  refuseContradiction(given, word);
  const terms = orRefuse(readResumeTerms(given, 'forward'), given);
  const { tools, store, place, commands, rollout } = await openTools(env, given, {
    rollout: word,
    stays: isOn(given, follow.name),
  });
  const pastFreeze = isOn(given, override.name) ? 'override' : undefined;
  const actor =
    rollout === undefined
      ? await programOf(
          env,
          given,
          `drain resume --all${isOn(given, follow.name) ? ' --follow' : ''}`,
        )
      : await askerOf(env, given, anyReason);
  const audience = audienceOf(env, { tools, given, actor, place, commands, words });
  if (isOn(given, follow.name)) return (await takeOver(env, store, audience)).exitCode;
  const resumed =
    rollout === undefined
      ? await resumeAll(env, store, audience)
      : await resume(env, { rollout, store, terms, pastFreeze }, audience);
  return orRefuse(resumed).exitCode;
};

const ofOneRollout: readonly OptionName[] = ['over', 'until', 'force', ...resumeTerms];

function refuseContradiction(given: GivenOptions, rollout: string | undefined): void {
  const isAll = isOn(given, all.name);
  const refuse = (what: string, next: Advice): never => {
    throw new Refusal([{ kind: 'usage', what, next }], given);
  };
  if (isOn(given, follow.name) && rollout !== undefined) {
    refuse('--follow goes with --all, not with one rollout', 'leave it out, or leave out the id');
  }
  if (isAll && rollout !== undefined) refuse('--all and an id are two things', 'give one of them');
  const single = ofOneRollout.find((name) => given.has(name));
  if (isAll && single !== undefined) {
    const flag = given.get(single)?.where ?? single;
    refuse(
      `${flag} is about one rollout, and --all is every one`,
      'name the rollout instead of --all',
    );
  }
  if (!isAll && rollout === undefined) {
    refuse('no rollout is named', ['say which rollout, or --all: ', ['status'], ' lists them']);
  }
}

const words: OwnWords<ResumeNote | TakeOverNote> = {
  'nothing-cut-off': (_, { place }) => `no rollout was cut off${place ? ` in ${place.text}` : ''}`,
  'sequence-waits': ({ rollout, sequence }, { commands }) =>
    `rollout ${rollout} is one of ${sequence}, whose others go on with: ${commandText(['resume', sequence], commands)}`,
  'taking-over': (_, { place }) =>
    `going on with whatever is cut off${place ? ` in ${place.text}` : ''}, until SIGTERM or SIGINT`,
  'taken-over': ({ rollout }) =>
    `rollout ${rollout} has nobody who carries it out: going on with it`,
  'paused-without-process': ({ rollout }, { commands }) =>
    `rollout ${rollout} was paused and has nobody who carries it out; it stays so until somebody says: ${commandText(['resume', rollout], commands)}`,
};
