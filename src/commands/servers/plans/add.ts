import type { RunCommand } from '../../command-line/command.ts';
import { movePlan } from './move-plan.ts';

/** `drain plan add SERVER[=WEIGHT]…`. */
export const run: RunCommand = (env, { given, operands }) =>
  movePlan(env, given, { move: 'add', servers: operands });
