import type { Config } from '../config/files/config.ts';
import { type GivenOptions, isOn } from '../config/options/options.ts';
import { readReason } from '../config/settings/reason.ts';
import type { Actor } from '../domain/actor/actor.ts';
import type { Failure } from '../domain/failure.ts';
import type { Environment } from './environment.ts';
import { orRefuse, Refusal } from './refusal.ts';

/** Whoever calls, and why. Refuses a change without a reason where the config file wants one. */
export async function askerOf(
  env: Pick<Environment, 'who'>,
  given: GivenOptions,
  { requireReason }: Pick<Config, 'requireReason'>,
): Promise<Actor> {
  const reason = orRefuse(readReason(given), given);
  if (reason === undefined && requireReason !== undefined && !isOn(given, 'dryRun')) {
    throw new Refusal([noReason(requireReason)], given);
  }
  return { ...(await env.who()), ...(reason === undefined ? {} : { reason }) };
}

/** The asker of a command that acts by itself, when a machine starts: it has no reason to give. */
export const programOf = async (
  env: Pick<Environment, 'who'>,
  given: GivenOptions,
  program: string,
): Promise<Actor> => ({ ...(await askerOf(env, given, {})), program });

/**
 * Nobody has to say why where nothing of the table changes, and nobody who leads on or back what has a reason: these
 * commands are printed to be pasted, when there is no time to lose.
 */
export const anyReason: Pick<Config, 'requireReason'> = {};

const noReason = (where: string): Failure => ({
  kind: 'usage',
  what: 'the reason is missing: why this is done',
  where,
  next: 'say it with --reason "TEXT", or in DRAIN_REASON: it stands with your name in the journal and wherever the rollout is shown',
});
