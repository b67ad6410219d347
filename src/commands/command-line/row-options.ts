import {
  type OwnOption,
  type SharedOption,
  sharedOptionSpecs,
} from '../../config/options/command-options.ts';
import type { OptionSpec } from '../../config/options/option-specs.ts';
import type { OptionName } from '../../config/options/options.ts';
import type { CommandRow, CommandTable } from './command.ts';

/** An option as a command takes it. */
export type RowOption = OptionSpec & { readonly name: OptionName };

/** The options of a command with their help there: those that others take too, then its own. */
export function optionsOf({
  options,
  helps = {},
}: Pick<CommandRow, 'options' | 'helps'>): readonly RowOption[] {
  const shared = sharedOptionSpecs.filter(({ name }) => options.includes(name));
  const here = shared.map((spec) => ({ ...spec, help: helps[spec.name] ?? spec.help }));
  return [...here, ...options.filter(isOwn)];
}

export const takes = (row: Pick<CommandRow, 'options'>, name: OptionName): boolean =>
  optionsOf(row).some((option) => option.name === name);

export const rowsOf = ({ mainForm, groups }: CommandTable): readonly CommandRow[] => [
  mainForm,
  ...groups.flatMap(({ commands }) => commands),
];

/** Every option that any command takes, each once; of two with one name the one that is shared. */
export function optionsOfAll(table: CommandTable): readonly RowOption[] {
  const own = rowsOf(table).flatMap(({ options }) => options.filter(isOwn));
  const all: readonly RowOption[] = [...sharedOptionSpecs, ...own.filter((one) => !isShared(one))];
  return [...new Map(all.map((spec) => [spec.name, spec])).values()];
}

const isShared = ({ name }: RowOption): boolean =>
  sharedOptionSpecs.some((spec) => spec.name === name);

/** Whether an option of a command's own is a flag there and takes a value elsewhere, or the other way round. */
export const differs = ({ options }: Pick<CommandRow, 'options'>): boolean =>
  options
    .filter(isOwn)
    .some(({ name, kind }) =>
      sharedOptionSpecs.some(
        (spec) => spec.name === name && (spec.kind === 'flag') !== (kind === 'flag'),
      ),
    );

const isOwn = (option: SharedOption | OwnOption): option is OwnOption => typeof option !== 'string';

/** The flags of an option, short and long: `-o`, `--out`. */
export const flagsOf = ({ flags }: Pick<OptionSpec, 'flags'>): readonly string[] =>
  flags.split(/[ ,]+/).filter((flag) => flag.startsWith('-'));

/** `--out` of `-o, --out <file>`. */
export const longFlagOf = (spec: Pick<OptionSpec, 'flags'>): string => {
  const flags = flagsOf(spec);
  return flags.find((flag) => flag.startsWith('--')) ?? flags[0] ?? '';
};
