import type { RunCommand } from '../command-line/command.ts';
import { moveCommand } from './move.ts';

/** `drain weight SERVER=N…`. */
export const run: RunCommand = (env, { given, operands }) =>
  moveCommand(env, given, { move: 'weight', servers: operands });
