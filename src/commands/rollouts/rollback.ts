import { readResumeTerms } from '../../config/settings/resume-terms.ts';
import { readRollbackPace } from '../../config/settings/settings.ts';
import type { RunCommand } from '../command-line/command.ts';
import { orRefuse } from '../refusal.ts';
import { requestCommand } from './request.ts';

/** `drain rollback ID [--over D]`: at once, or as a ramp. */
export const run: RunCommand = async (env, { given, operands: [rollout = ''] }) => {
  // Only as it was asked for here: a length of ramps in the config file is about the way forward.
  const pace = orRefuse(readRollbackPace(given), given);
  const terms = orRefuse(readResumeTerms(given, 'back'), given);
  const request = { kind: 'rollback', ...(pace ? { pace } : {}) } as const;
  return requestCommand(env, given, rollout, { request, terms });
};
