import type { CommandRow } from '../../src/commands/command-line/command.ts';
import { callOf } from '../../src/commands/command-line/help.ts';
import { optionsOf, type RowOption } from '../../src/commands/command-line/row-options.ts';
import { commandTable } from '../../src/commands/program.ts';
import { code, pageOf, script, sentence, table } from './markdown.ts';

/** Every command: what it takes, what it says, how it ends. */
export const commandsPage = (): string =>
  pageOf(
    'Commands',
    'Options stand before or behind the name of a command. Those that several commands share are under [options](options.md).',
    [
      section(commandTable.mainForm),
      ...commandTable.groups.flatMap(({ commands }) => commands.map(section)),
    ],
  );

function section(row: CommandRow): readonly string[] {
  const { summary, description, arguments: taken = [], examples = [], notes = [] } = row;
  return [
    `## ${callOf(row)}`,
    '',
    sentence(description ?? asSentence(summary)),
    '',
    ...(taken.length === 0 ? [] : argumentTable(taken)),
    ...optionLines(row),
    ...notes.flatMap((note) => [sentence(note), '']),
    ...script(examples),
    `[Exit codes](exit-codes.md): ${(row.exitCodes ?? []).join(', ')}.`,
    '',
  ];
}

const argumentTable = (taken: NonNullable<CommandRow['arguments']>): readonly string[] =>
  table(
    ['argument', 'meaning'],
    taken.map(({ placeholder, help }) => [code(placeholder), sentence(help)]),
  );

/** Options of the command's own, and those that mean something else there, each with its meaning. */
function optionLines(row: CommandRow): readonly string[] {
  const known = optionsOf(row);
  const isOwn = ({ name, part }: RowOption): boolean =>
    part === 'own' || Object.hasOwn(row.helps ?? {}, name);
  const own = known.filter(isOwn);
  const others = known.filter((spec) => !isOwn(spec));
  const links = others.map(({ flags }) => code(flags.replace(/ <.*/, '')));
  return [
    ...(own.length === 0
      ? []
      : table(
          ['option', 'meaning'],
          own.map(({ flags, help }) => [code(flags), sentence(help)]),
        )),
    ...(links.length === 0 ? [] : [`[Options](options.md): ${links.join(', ')}.`, '']),
  ];
}

const asSentence = (phrase: string): string =>
  `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
