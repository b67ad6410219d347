import type { OwnOption, SharedOption } from '../../config/options/command-options.ts';
import type { GivenOptions } from '../../config/options/options.ts';
import type { CommandWords } from '../../domain/command-words.ts';
import type { Environment } from '../environment.ts';

/** A row of the table of commands: all that the command line and its help know of a command. */
export interface CommandRow {
  /** The name as it is typed; the main form has none. */
  readonly name?: string;
  /** The command's line in `drain --help`: a phrase, without a capital or a full stop. */
  readonly summary: string;
  /** Sentences for the help of the command itself, where the summary does not say it all. */
  readonly description?: string;
  /** Placeholders in the order of the words: `<id>`, `[id]`, `<servers...>`. */
  readonly arguments?: readonly CommandArgument[];
  /** Every option that the command knows, by its name or as it declares it; any other is refused. */
  readonly options: readonly (SharedOption | OwnOption)[];
  /** Help of options that mean something else than in a hand-over. */
  readonly helps?: Partial<Readonly<Record<SharedOption, string>>>;
  /** The words behind `--` are a command of the operator's, and no arguments. */
  readonly takesCommand?: true;
  /** Further paragraphs of the command's help. */
  readonly notes?: readonly string[];
  readonly examples?: readonly string[];
  /** Exit codes that the command's help explains. */
  readonly exitCodes?: readonly ExitCode[];
  /** The one file of the command, which nothing else needs. */
  readonly load: () => Promise<CommandModule>;
}

export interface CommandArgument {
  readonly placeholder: string;
  readonly help: string;
}

export interface CommandModule {
  /** Carries the command out. Returns the exit code. */
  readonly run: RunCommand;
}

/** `table` is for who tells what the others take. */
export type RunCommand = (
  env: Environment,
  input: CommandInput,
  table: CommandTable,
) => Promise<number>;

/** The parts of a command line. */
export interface CommandInput {
  /** Options of the command line, with those of the environment under them. */
  readonly given: GivenOptions;
  /** Words, as many as the row's arguments ask for. */
  readonly operands: readonly string[];
  /** The words behind `--`, in a row with `takesCommand`. */
  readonly command?: CommandWords | undefined;
}

/** The main form, and the commands in the order of `drain --help`. */
export interface CommandTable {
  readonly mainForm: CommandRow;
  readonly groups: readonly CommandGroup[];
}

export interface CommandGroup {
  readonly heading: string;
  readonly commands: readonly CommandRow[];
}

/** `drain help COMMAND`: the same as `--help`, and so no command of its own. */
export const helpRow: Pick<CommandRow, 'name' | 'summary' | 'arguments'> = {
  name: 'help',
  summary: 'what a command takes',
  arguments: [{ placeholder: '[command]', help: 'its name' }],
};

export type ExitCode = keyof typeof exitCodeTexts;

export const exitCodeTexts = {
  0: 'done',
  2: 'wrong words or options, a bad file, an unknown server, service or rollout',
  3: 'refused before anything was changed: no ip_vs, no permission, no ipvsadm, a scheduler that ignores weights',
  4: 'the drain timeout passed: the old servers are at weight 0, or rolled back, as asked',
  5: 'a gate or a health check failed: rolled back, or held, as asked',
  6: 'somebody else changed the table, or another rollout holds the lock',
  7: 'a director could not be reached or kept failing: held',
  130: 'SIGINT: held, or rolled back, as asked (143: SIGTERM)',
} as const;
