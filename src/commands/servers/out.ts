import type { RunCommand } from '../command-line/command.ts';
import { maintenanceCommand } from './maintenance.ts';

/** `drain out SERVER…`: to weight 0, and empty. */
export const run: RunCommand = (env, { given, operands }) =>
  maintenanceCommand(env, given, { direction: 'out', servers: operands });
