import { describe, expect, it } from 'vitest';
import type { CommandRow, CommandTable } from '../../../src/commands/command-line/command.ts';
import { helpText } from '../../../src/commands/command-line/help.ts';
import { readLine } from '../../../src/commands/command-line/read-line.ts';
import { commandTable } from '../../../src/commands/program.ts';
import { wantedAt } from '../../../src/commands/tools/completion/wanted.ts';
import { ownOption } from '../../../src/config/options/command-options.ts';
import { isOn, textOf } from '../../../src/config/options/options.ts';

const untilNoon = ownOption('-u, --until-noon <time>', 'when it ends');
const quietly = ownOption('--quietly', 'say nothing');

const row: CommandRow = {
  name: 'siesta',
  summary: 'rest',
  options: ['state', 'output', 'config', untilNoon, { ...quietly, help: 'say less' }],
  load: async () => ({ run: async () => 0 }),
};
const table: CommandTable = {
  ...commandTable,
  groups: [...commandTable.groups, { heading: 'Rest:', commands: [row] }],
};

const read = (...argv: readonly string[]) =>
  readLine(argv, table, { version: '0', variables: {}, columns: 80, out: () => {} });

describe('an option that a command declares beside its row', () => {
  it('is read on either side of the name, by its short and its long flag', () => {
    for (const argv of [
      ['-u', '12:00', 'siesta', '--quietly'],
      ['siesta', '--until-noon=12:00', '--quietly'],
    ]) {
      const line = read(...argv);
      if (line.kind !== 'call') throw new Error(line.kind);
      const { given } = line.input;
      expect(line.row).toBe(row);
      expect([textOf(given, untilNoon.name), isOn(given, quietly.name)]).toEqual(['12:00', true]);
      expect(given.get(untilNoon.name)?.where).toBe('--until-noon');
    }
  });

  it('is an error for every other command, and without its value names its long flag', () => {
    expect(read('status', '--quietly')).toMatchObject({
      kind: 'refused',
      failure: { what: "unknown option '--quietly'" },
    });
    expect(read('siesta', '-u', '--quietly')).toMatchObject({
      failure: { next: expect.stringContaining('--until-noon=--quietly') },
    });
  });

  it('stands in the help with what it means there, and in completion', () => {
    const help = helpText(row, 80);
    expect(help).toMatch(/^ {2}-u, --until-noon <time> +when it ends$/m);
    expect(help).toMatch(/^ {2}--quietly +say less$/m);
    const options = wantedAt(table, ['siesta', '--quietly', '--']).fixed;
    expect(options.map(({ value }) => value)).toContain('--until-noon');
    expect(options.map(({ value }) => value)).not.toContain('--quietly');
  });
});
