import { type GivenOptions, isOn } from '../../config/options/options.ts';
import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import { requestOf } from '../../control/resume/request.ts';
import type { Failure } from '../../domain/failure.ts';
import type { ControlRequest } from '../../rollout/requests.ts';
import { audienceOf } from '../audience.ts';
import type { Environment } from '../environment.ts';
import { orRefuse, Refusal } from '../refusal.ts';
import { openTools } from '../settings.ts';
import { noWait, wait } from './rows.ts';

/** `drain pause|continue|rollback ID [--no-wait]`. */
export async function requestCommand(
  env: Environment,
  given: GivenOptions,
  word: string,
  asked: { readonly request: ControlRequest; readonly terms?: ResumeTerms },
): Promise<number> {
  const waits = !isOn(given, noWait.name);
  if (!waits && isOn(given, wait.name)) throw new Refusal([bothWays], given);
  const { tools, store, commands, rollout } = await openTools(env, given, { rollout: word });
  const audience = audienceOf(env, { tools, given, commands });
  return orRefuse(await requestOf(env, { rollout, store, ...asked, waits }, audience)).exitCode;
}

const bothWays: Failure = {
  kind: 'usage',
  what: '--wait and --no-wait are two things',
  next: 'give one of them',
};
