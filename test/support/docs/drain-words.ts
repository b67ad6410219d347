import { readLine } from '../../../src/commands/command-line/read-line.ts';
import { commandTable } from '../../../src/commands/program.ts';
import { batch, checkTimeout, commandTimeout } from '../../../src/commands/servers/rows.ts';
import { type GivenOptions, textOf } from '../../../src/config/options/options.ts';
import { readAroundSettings } from '../../../src/config/settings/around-settings.ts';
import { readMaintenanceSettings } from '../../../src/config/settings/maintenance-settings.ts';
import { readResumeTerms } from '../../../src/config/settings/resume-terms.ts';
import { readServeSettings } from '../../../src/config/settings/serve-settings.ts';
import {
  readRollbackPace,
  readSettings,
  readToolSettings,
} from '../../../src/config/settings/settings.ts';
import type { Result } from '../../../src/domain/failure.ts';

const context = { version: '0', variables: {}, columns: 80, out: () => {} };

/** The name of each command that there is, and `help`. */
export const commandNames: readonly string[] = [
  'help',
  ...commandTable.groups.flatMap(({ commands }) => commands.flatMap(({ name }) => name ?? [])),
];

/** What is wrong with the words behind `drain`: parsed by the program, and the values of options read. */
export function mistakeIn(words: readonly string[]): string | undefined {
  const line = readLine(words, commandTable, context);
  if (line.kind === 'answered') return undefined;
  if (line.kind === 'refused') return line.failure.what;
  const results = valuesOf(line.row.name, line.input.given);
  return results.flatMap((result) => (result.ok ? [] : [result.failure.what]))[0];
}

/** Reads values as those do who read them before a rollout, or other work, begins. */
function valuesOf(name: string | undefined, given: GivenOptions): readonly Result<unknown>[] {
  const own = [readToolSettings(given), ...(given.has('from') ? [readSettings(given)] : [])];
  const none: GivenOptions = new Map();
  switch (name) {
    case 'out':
    case 'in':
      return [...own, readMaintenanceSettings(name, given, none, textOf(given, checkTimeout.name))];
    case 'around': {
      const ofAround = {
        batch: textOf(given, batch.name),
        commandTimeout: textOf(given, commandTimeout.name),
      };
      return [...own, readAroundSettings(given, none, ofAround)];
    }
    case 'resume':
      return [...own, readResumeTerms(given, 'forward')];
    case 'rollback':
      return [...own, readResumeTerms(given, 'back'), readRollbackPace(given)];
    case 'serve':
      return [...own, readServeSettings(given)];
    default:
      return own;
  }
}

/** Files that the words behind `drain` read, beside config files. */
export function filesOf(words: readonly string[]): readonly string[] {
  const line = readLine(words, commandTable, context);
  if (line.kind !== 'call') return [];
  const takesFiles = ['plan', 'apply', 'lint', 'guard'].includes(line.row.name ?? '');
  return takesFiles ? line.input.operands : [];
}
