import type { RunCommand } from '../../command-line/command.ts';
import { movePlan } from './move-plan.ts';

/** `drain plan weight SERVER=N…`. */
export const run: RunCommand = (env, { given, operands }) =>
  movePlan(env, given, { move: 'weight', servers: operands });
