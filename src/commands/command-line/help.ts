import type { OptionPart } from '../../config/options/option-specs.ts';
import { type CommandRow, type CommandTable, exitCodeTexts, helpRow } from './command.ts';
import { optionsOf } from './row-options.ts';
import { variablesOf } from './variables.ts';

/** Wider than this a line is hard to read, however wide the terminal is. */
const widest = 100;
const indent = 2;
const gap = 2;

/** The headings of options, in the order of a help. */
export const partHeadings: Readonly<Record<OptionPart, string>> = {
  own: 'Options:',
  servers: 'Which servers:',
  pace: 'How fast:',
  care: 'When something is wrong:',
  place: 'Where:',
  output: 'Output:',
};

/**
 * The help of a command, and with `table` that of `drain` itself, which lists all commands by group. No
 * line needs more than `columns`, as far as its words can be parted.
 */
export function helpText(row: CommandRow, columns: number, table?: CommandTable): string {
  const width = Math.min(columns, widest);
  const { description = asSentence(row.summary), notes = [], examples, exitCodes } = row;
  const items = [...commandItems(table), ...optionParts(row, table)];
  const column = termColumn(items, width);
  const variables = { heading: 'Environment:', list: variablesOf(row) };
  const codes = (exitCodes ?? []).map((code) => ({ term: `${code}`, text: exitCodeTexts[code] }));
  return [
    usage(row, width),
    wrapWords(description, { columns: width }),
    ...items.filter(({ list }) => list.length > 0).map((one) => section(one, column, width)),
    ...notes.map((note) => wrapWords(note, { columns: width })),
    ...(examples ? [['Examples:', ...examples.flatMap((one) => wrapCommand(one, width))]] : []),
    ...(exitCodes ? [section({ heading: 'Exit codes:', list: codes }, 7, width)] : []),
    section(variables, termColumn([variables], width), width),
  ]
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

/** The words and options that a command takes, under the headings of its help and its manual page. */
export const optionParts = (row: CommandRow, table?: CommandTable): readonly Items[] => [
  argumentItems(row),
  ...optionItems(row, table),
];

/** The words that call a command. */
export const callOf = ({ name }: Pick<CommandRow, 'name'>): string =>
  name === undefined ? 'drain' : `drain ${name}`;

function usage(row: CommandRow, width: number): readonly string[] {
  const words = (row.arguments ?? []).map(({ placeholder }) => placeholder);
  const ways =
    row.name === undefined
      ? ['drain --from OLD --to NEW [--over 5m] [options]', 'drain COMMAND [options]']
      : [
          [callOf(row), '[options]', ...words, ...(row.takesCommand ? ['-- COMMAND'] : [])].join(
            ' ',
          ),
        ];
  const rest = ' '.repeat('Usage: '.length);
  return ways.flatMap((way, i) =>
    wrapWords(way, { columns: width, first: i === 0 ? 'Usage: ' : rest, rest }),
  );
}

interface Item {
  readonly term: string;
  readonly text: string;
}

interface Items {
  readonly heading: string;
  readonly list: readonly Item[];
}

const commandItems = (table: CommandTable | undefined): readonly Items[] =>
  (table?.groups ?? []).map(({ heading, commands }, i, all) => ({
    heading,
    list: [...commands, ...(i === all.length - 1 ? [helpRow] : [])].map((row) => ({
      term: [row.name, ...(row.arguments ?? []).map(({ placeholder }) => placeholder)].join(' '),
      text: row.summary,
    })),
  }));

const argumentItems = (row: CommandRow): Items => ({
  heading: 'Arguments:',
  list: (row.arguments ?? []).map(({ placeholder, help }) => ({ term: placeholder, text: help })),
});

function optionItems(row: CommandRow, table: CommandTable | undefined): readonly Items[] {
  const known = optionsOf(row);
  return Object.entries(partHeadings).map(([part, heading]) => ({
    heading,
    list: [
      ...known
        .filter((spec) => spec.part === part)
        .map(({ flags, help }) => ({ term: flags, text: help })),
      ...(part === 'output' ? [{ term: '-h, --help', text: 'show this' }] : []),
      ...(part === 'output' && table ? [{ term: '-V, --version', text: 'show the version' }] : []),
    ],
  }));
}

/** The column where all texts of a help begin: behind its terms, but for those too long. */
function termColumn(items: readonly Items[], width: number): number {
  const most = Math.floor(width / 3);
  const terms = items.flatMap(({ list }) => list.map(({ term }) => term.length));
  return indent + gap + Math.max(...terms.filter((length) => length <= most));
}

/** Each text beside its term, or under a term that is too long for that. */
function section({ heading, list }: Items, column: number, width: number): readonly string[] {
  const next = ' '.repeat(column);
  return [
    heading,
    ...list.flatMap(({ term, text }) => {
      const start = `${' '.repeat(indent)}${term}`;
      if (start.length + gap > column)
        return [start, ...wrapWords(text, { columns: width, first: next, rest: next })];
      return wrapWords(text, { columns: width, first: start.padEnd(column), rest: next });
    }),
  ];
}

/** A command over as many lines as it needs, to be copied as it is; a quoted text stays whole. */
function wrapCommand(command: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = ' '.repeat(indent);
  for (const word of command.match(/(?:'[^']*'|\S)+/g) ?? []) {
    const isFirst = line.trim() === '';
    const longer = isFirst ? `${line}${word}` : `${line} ${word}`;
    if (!isFirst && longer.length > width - 2) {
      lines.push(`${line} \\`);
      line = `${' '.repeat(2 * indent)}${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

interface Wrapping {
  readonly columns: number;
  readonly first?: string;
  readonly rest?: string;
}

/** A text as lines, however wide its letters are: helps are ASCII, and have to be quick. */
function wrapWords(text: string, { columns, first = '', rest = '' }: Wrapping): readonly string[] {
  const lines: string[] = [];
  // A word that is longer is cut, into pieces that each fill a line.
  const room = Math.max(1, columns - Math.max(first.length, rest.length));
  const pieces = new RegExp(`.{1,${room}}`, 'g');
  let line = first;
  let isEmpty = true;
  for (const word of text.split(' ').flatMap((one) => one.match(pieces) ?? [])) {
    if (!isEmpty && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = rest + word;
    } else line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}

const asSentence = (phrase: string): string =>
  `${phrase.charAt(0).toUpperCase()}${phrase.slice(1)}.`;
