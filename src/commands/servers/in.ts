import type { RunCommand } from '../command-line/command.ts';
import { maintenanceCommand } from './maintenance.ts';

/** `drain in SERVER…`: healthy first, then back to the weights from before. */
export const run: RunCommand = (env, { given, operands }) =>
  maintenanceCommand(env, given, { direction: 'in', servers: operands });
