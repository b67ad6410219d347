import type { GivenOptions } from '../config/options.ts';
import { readReturnPace } from '../config/settings.ts';
import { requestOf } from '../control/resume/request.ts';
import { resume, resumeAll } from '../control/resume/resume.ts';
import { takeOver } from '../control/resume/take-over.ts';
import type { ControlRequest } from '../rollout/ports.ts';
import { audienceOf } from './audience.ts';
import type { Environment } from './environment.ts';
import { orRefuse } from './refusal.ts';
import { openTools } from './settings.ts';

/**
 * `drain resume ID`, with `all` every rollout that was cut off by a crash or a shutdown, and with
 * `follow` those that will be as well.
 */
export async function resumeCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string | 'all' | 'follow',
): Promise<number> {
  const { tools, store } = await openTools(env, given);
  const audience = audienceOf(env, { tools, given });
  if (rollout === 'follow') return (await takeOver(env, store, audience)).exitCode;
  const resumed =
    rollout === 'all'
      ? await resumeAll(env, store, audience)
      : await resume(env, { rollout, store }, audience);
  return orRefuse(resumed).exitCode;
}

/** `drain rollback ID [--over D]`: at once, or as a ramp. */
export async function rollbackCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string,
): Promise<number> {
  // Only as it was asked for here: a length of ramps in the config file is about the way forward.
  const pace = orRefuse(readReturnPace(given), given);
  return requestCommand(env, given, rollout, { kind: 'rollback', ...(pace ? { pace } : {}) });
}

/** `drain pause|continue|rollback ID`. */
export async function requestCommand(
  env: Environment,
  given: GivenOptions,
  rollout: string,
  request: ControlRequest,
): Promise<number> {
  const { tools, store } = await openTools(env, given);
  const audience = audienceOf(env, { tools, given });
  return orRefuse(await requestOf(env, { rollout, store, request }, audience)).exitCode;
}
