import type { RunCommand } from '../command-line/command.ts';
import { moveCommand } from './move.ts';

/** `drain add SERVER[=WEIGHT]…`. */
export const run: RunCommand = (env, { given, operands }) =>
  moveCommand(env, given, { move: 'add', servers: operands });
