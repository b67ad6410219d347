import { type GivenOptions, isOn } from '../../config/options/options.ts';
import { resume, resumeAll } from '../../control/resume/resume.ts';
import { takeOver } from '../../control/resume/take-over.ts';
import { audienceOf } from '../audience.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { openTools } from '../settings.ts';

/**
 * `drain resume ID`, with `--all` every rollout that was cut off by a crash or a shutdown, and with
 * `--follow` those that will be as well.
 */
export const run: RunCommand = async (env, { given, operands: [rollout] }) => {
  refuseContradiction(given, rollout);
  const { tools, store } = await openTools(env, given);
  const audience = audienceOf(env, { tools, given });
  if (isOn(given, 'follow')) return (await takeOver(env, store, audience)).exitCode;
  const resumed =
    rollout === undefined
      ? await resumeAll(env, store, audience)
      : await resume(env, { rollout, store }, audience);
  return orRefuse(resumed).exitCode;
};

function refuseContradiction(given: GivenOptions, rollout: string | undefined): void {
  const all = isOn(given, 'all');
  const refuse = (what: string, next: string): never => {
    throw new Refusal([{ kind: 'usage', what, next }], given);
  };
  if (isOn(given, 'follow') && rollout !== undefined) {
    refuse('--follow goes with --all, not with one rollout', 'leave it out, or leave out the id');
  }
  if (all && rollout !== undefined) refuse('--all and an id are two things', 'give one of them');
  if (!all && rollout === undefined) {
    refuse('no rollout is named', 'say which rollout, or --all (drain status lists them)');
  }
}
