import { Command, CommanderError, Option } from 'commander';
import type { GivenOptions } from '../../config/options/options.ts';
import type { CommandWords } from '../../domain/command-words.ts';
import type { Failure } from '../../domain/failure.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { printable } from '../../domain/printable.ts';
import type { CommandInput, CommandRow, CommandTable } from './command.ts';
import { callOf, helpText } from './help.ts';
import { readGiven } from './read-given.ts';
import {
  differs,
  flagsOf,
  longFlagOf,
  optionsOf,
  optionsOfAll,
  type RowOption,
  rowsOf,
} from './row-options.ts';
import { type OptionArity, type SplitLine, splitLine } from './split-line.ts';

/** Results of reading the words of a command line. */
export type ReadLine =
  | { readonly kind: 'call'; readonly row: CommandRow; readonly input: CommandInput }
  /** Help or the version was printed. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'refused'; readonly failure: Failure; readonly given: GivenOptions };

export interface ReadContext {
  readonly version: string;
  /** The environment, for options that are not typed. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly columns: number;
  /** Prints help and version. */
  readonly out: (text: string) => void;
}

/**
 * Reads a command line: the options of a command stand before or behind its name, and what the command
 * does not know is refused wherever it stands. Loads no command.
 */
export function readLine(
  argv: readonly string[],
  table: CommandTable,
  context: ReadContext,
): ReadLine {
  const { split, named } = splitAtCommand(argv, table);
  const { first, before, behind } = split;
  if (first === 'help') return readLine([...before, '--help', ...behind], table, context);
  const row = named ?? table.mainForm;
  if (split.swallowing) return refused(swallowed(split.swallowing, table));
  const { stranger } = split;
  if (first !== undefined && !named && stranger === undefined) return unknownCommand(first, table);
  const { words, command } = named ? wordsFor(named, split) : { words: argv, command: undefined };
  const parsing = { row, table, command, context, before: named ? before : [] };
  const read = parse(words, parsing);
  if (named || stranger === undefined || read.kind !== 'refused') return read;
  // The command may be another one, whose options are strange to this: the word that is to none is named.
  const sharper = parse([stranger], parsing);
  return sharper.kind === 'refused' ? { ...sharper, given: read.given } : read;
}

/**
 * The line split at its command's name. An option that is a flag to most commands and takes a value of one,
 * `--keep` of `prune`, is read as that one's where no command is found otherwise.
 */
function splitAtCommand(
  argv: readonly string[],
  table: CommandTable,
): ReturnType<typeof splitAtName> {
  const arityOf = aritiesIn(optionsOfAll(table));
  const found = splitAtName(splitLine(argv, arityOf), table, arityOf);
  if (found.named || found.split.first === undefined) return found;
  for (const row of rowsOf(table).filter(differs)) {
    const own = aritiesIn([...optionsOfAll(table), ...optionsOf(row)]);
    const again = splitAtName(splitLine(argv, own), table, own);
    if (again.named === row) return again;
  }
  return found;
}

/** The line split at its command's name, which may be two words: `kube wait`. */
function splitAtName(
  split: SplitLine,
  { groups }: CommandTable,
  arityOf: OptionArity,
): { readonly split: SplitLine; readonly named: CommandRow | undefined } {
  const rows = groups.flatMap(({ commands }) => commands);
  const { first, before, behind, swallowing } = split;
  const second = splitLine(behind, arityOf);
  const longer = rows.find(({ name }) => name === `${first} ${second.first}`);
  if (!longer) return { split, named: rows.find(({ name }) => name === first) };
  const { dashesAt, behind: rest } = second;
  return {
    split: { ...split, before: [...before, ...second.before], behind: rest, dashesAt, swallowing },
    named: longer,
  };
}

/** Words for commander, and those behind `--` where they are a command of the operator's. */
function wordsFor(
  row: CommandRow,
  { before, behind, dashesAt }: SplitLine,
): { readonly words: readonly string[]; readonly command: CommandWords | undefined } {
  if (!row.takesCommand || dashesAt === undefined) {
    return { words: [...before, ...behind], command: undefined };
  }
  const [file, ...args] = behind.slice(dashesAt + 1);
  return {
    words: [...before, ...behind.slice(0, dashesAt)],
    command: file ? [file, ...args] : undefined,
  };
}

interface Parsing {
  /** The words that stand before the command's name. */
  readonly before: readonly string[];
  readonly row: CommandRow;
  readonly table: CommandTable;
  readonly command: CommandWords | undefined;
  readonly context: ReadContext;
}

function parse(
  words: readonly string[],
  { row, table, command, context, before }: Parsing,
): ReadLine {
  const parser = createParser(row, table, context);
  const { variables } = context;
  try {
    parser.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'answered' };
    const { given } = readGiven(row, { typed: parser.opts(), before: {} }, variables);
    return refused(wrongWords(error.message, row), given);
  }
  const early = createParser(row, table, context);
  early.parseOptions([...before]);
  const sides = { typed: parser.opts(), before: early.opts() };
  const { given, failure } = readGiven(row, sides, variables);
  if (failure) return refused(failure, given);
  const operands = parser.args;
  const stray = strayOf(row, operands);
  if (stray !== undefined) {
    const [first = ''] = operands;
    const meant = first === stray ? '' : didYouMean(`${row.name} ${first}`, namesUnder(row, table));
    return refused(wrongWords(`unexpected word "${stray}"${meant}`, row), given);
  }
  return { kind: 'call', row, input: { given, operands, command } };
}

function createParser(row: CommandRow, table: CommandTable, context: ReadContext): Command {
  const { version, columns, out } = context;
  const parser = new Command(callOf(row))
    .exitOverride()
    .allowExcessArguments()
    .configureOutput({ writeOut: out, outputError: () => {} })
    .configureHelp({
      formatHelp: () => helpText(row, columns, row === table.mainForm ? table : undefined),
    })
    .version(version, '-V, --version')
    .action(() => {});
  for (const { placeholder } of row.arguments ?? []) parser.argument(placeholder);
  for (const spec of optionsOf(row)) {
    const option = new Option(spec.flags);
    // An option of its own: with the one that it contradicts both are known to have been given.
    option.negate = false;
    // All that is typed, for none of it may be lost.
    if (spec.kind !== 'flag') {
      option.argParser((value: string, past: readonly string[] = []) => [...past, value]);
    }
    parser.addOption(option);
  }
  return parser;
}

/** The first word that is one more than the command takes. */
function strayOf({ arguments: taken = [] }: CommandRow, operands: readonly string[]) {
  const isEndless = taken.some(({ placeholder }) => placeholder.includes('...'));
  return isEndless ? undefined : operands[taken.length];
}

/** The number of words of each option; the last of two with one flag counts. */
function aritiesIn(options: readonly RowOption[]): OptionArity {
  const arities = new Map<string, 'alone' | 'next'>([
    ...['-h', '--help', '-V', '--version'].map((flag) => [flag, 'alone'] as const),
    ...options.flatMap((spec) =>
      flagsOf(spec).map((flag) => [flag, spec.kind === 'flag' ? 'alone' : 'next'] as const),
    ),
  ]);
  return (word) => {
    const whole = arities.get(word);
    if (whole) return whole;
    const [start = ''] = /^--[^=]+(?==)|^-[^-]/.exec(word) ?? [];
    return arities.has(start) ? 'alone' : undefined;
  };
}

const refused = (failure: Failure, given: GivenOptions = new Map()): ReadLine => ({
  kind: 'refused',
  failure,
  given,
});

/** The commands of two words of which a row is the first: `plan add` under `plan`. */
const namesUnder = ({ name }: CommandRow, table: CommandTable): readonly string[] =>
  rowsOf(table).flatMap((one) => (one.name?.startsWith(`${name} `) ? [one.name] : []));

const wrongWords = (message: string, row: CommandRow): Failure => ({
  kind: 'usage',
  what: printable(message.replace(/^error: /, '').replace(/\n\(D/, ' (d')),
  next: `${callOf(row)} --help lists what there is`,
});

function swallowed(
  { option, value }: NonNullable<SplitLine['swallowing']>,
  table: CommandTable,
): Failure {
  const spec = optionsOfAll(table).find((one) => flagsOf(one).includes(option));
  return {
    kind: 'usage',
    what: `${option} has no value: ${value} behind it is an option`,
    next: `if it is meant as the value, write ${spec ? longFlagOf(spec) : option}=${value}`,
  };
}

function unknownCommand(word: string, { groups, mainForm }: CommandTable): ReadLine {
  const names = groups.flatMap(({ commands }) => commands).flatMap(({ name }) => name ?? []);
  const meant = didYouMean(word, [...names, 'help']);
  return refused(wrongWords(`unknown command '${word}'${meant}`, mainForm));
}
