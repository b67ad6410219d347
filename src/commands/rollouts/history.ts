import type { RunCommand } from '../command-line/command.ts';
import { listRollouts } from './list-rollouts.ts';

/** `drain history`: every rollout that has a journal. */
export const run: RunCommand = (env, { given }) =>
  listRollouts(env, given, { rollout: undefined, all: true });
