import type { GivenOptions } from '../../config/options/options.ts';
import type { ResumeTerms } from '../../config/settings/resume-terms.ts';
import { requestOf } from '../../control/resume/request.ts';
import type { ControlRequest } from '../../rollout/ports.ts';
import { audienceOf } from '../audience.ts';
import type { Environment } from '../environment.ts';
import { orRefuse } from '../refusal.ts';
import { openTools } from '../settings.ts';

/** `drain pause|continue|rollback ID`. */
export async function requestCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string,
  asked: { readonly request: ControlRequest; readonly terms?: ResumeTerms },
): Promise<number> {
  const { tools, store } = await openTools(env, given, { rollout });
  const audience = audienceOf(env, { tools, given });
  return orRefuse(await requestOf(env, { rollout, store, ...asked }, audience)).exitCode;
}
