import type { OptionSpec } from '../../../config/options/option-specs.ts';
import type { GivenOption, GivenOptions, OptionName } from '../../../config/options/options.ts';
import { type CommandRow, type CommandTable, helpRow } from '../../command-line/command.ts';
import {
  flagsOf,
  longFlagOf,
  optionsOf,
  optionsOfAll,
  type RowOption,
} from '../../command-line/row-options.ts';

/** What fits where a command line ends. */
export interface Wanted {
  /** The part of the last word that stays: `--from=`, `10.0.0.1:80,`. */
  readonly kept: string;
  /** The rest of the last word, with which candidates begin. */
  readonly begun: string;
  readonly fixed: readonly Candidate[];
  /** What only the machine knows. */
  readonly looked: readonly Looked[];
  /** The options so far, which say where to look. */
  readonly given: GivenOptions;
}

export interface Candidate {
  readonly value: string;
  readonly help?: string;
}

export type Looked = 'servers' | 'services' | 'directors' | 'rollouts' | 'unfinished' | 'files';

/** Finds what fits as the last of `words`, those behind `drain`; it is empty where a new one begins. */
export function wantedAt(table: CommandTable, words: readonly string[]): Wanted {
  const last = words.at(-1) ?? '';
  const read = readBefore(table, words.slice(0, -1));
  const { row, pending } = read;
  const whole = { kept: '', begun: last, fixed: [], looked: [], given: read.given };
  if (read.isForeign) return { ...whole, looked: ['files'] };
  if (pending) return { ...whole, ...valuesOf(pending, { kept: '', begun: last }) };
  const [start = '', flag = ''] = /^(--[\w-]+)=/.exec(last) ?? [];
  const named = specOf(row, flag);
  if (named)
    return { ...whole, ...valuesOf(named, { kept: start, begun: last.slice(start.length) }) };
  if (last.startsWith('-')) return { ...whole, fixed: optionsLeft(row, read.given) };
  if (row !== table.mainForm) {
    const { fixed, looked } = argumentsOf(table, row, read.operands);
    const deeper = read.operands === 0 ? secondWords(table, row) : [];
    return { ...whole, fixed: [...deeper, ...fixed], looked };
  }
  // In front of a command stand options too, but not those that only a hand-over has.
  return read.operands > 0 ? whole : { ...whole, fixed: commandsOf(table) };
}

interface Before {
  readonly row: CommandRow | typeof helpRow;
  /** The option whose value comes next. */
  readonly pending: OptionSpec | undefined;
  readonly given: GivenOptions;
  readonly operands: number;
  /** Whether the words of an operator's own command have begun. */
  readonly isForeign: boolean;
}

function readBefore(table: CommandTable, words: readonly string[]): Before {
  const all = optionsOfAll(table);
  const rows = [...table.groups.flatMap(({ commands }) => commands), helpRow];
  let row: Before['row'] = table.mainForm;
  let operands = 0;
  const given = new Map<OptionName, GivenOption>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const flag = /^-[^=]*/.exec(word)?.[0] ?? '';
    const spec = all.find((one) => flagsOf(one).includes(flag));
    if (word === '--' && row !== table.mainForm) {
      const isForeign = 'takesCommand' in row;
      return { row, pending: undefined, given, operands, isForeign };
    }
    if (spec) {
      const [, inOne] = /^[^=]*=(.*)/s.exec(word) ?? [];
      const isLast = at === words.length - 1;
      if (spec.kind !== 'flag' && inOne === undefined && isLast) {
        return { row, pending: spec, given, operands, isForeign: false };
      }
      const value = spec.kind === 'flag' ? 'true' : (inOne ?? words[++at] ?? '');
      const past = given.get(spec.name)?.values ?? [];
      given.set(spec.name, { values: [...past, value], where: word, layer: 'command-line' });
    } else if (!word.startsWith('-')) {
      const sofar = operands === 0 && row !== table.mainForm ? `${row.name} ` : '';
      const mayBeName = row === table.mainForm || sofar !== '';
      const named = mayBeName ? rows.find(({ name }) => name === `${sofar}${word}`) : undefined;
      if (named) row = named;
      else operands++;
    }
  }
  return { row, pending: undefined, given, operands, isForeign: false };
}

const knownTo = (row: Before['row']): readonly RowOption[] =>
  'options' in row ? optionsOf(row) : [];

const specOf = (row: Before['row'], flag: string) =>
  knownTo(row).find((spec) => flagsOf(spec).includes(flag));

/** The options that a command knows and that may still be given, by their long names. */
const optionsLeft = (row: Before['row'], given: GivenOptions): readonly Candidate[] => [
  ...knownTo(row)
    .filter(({ name, kind }) => !given.has(name) || isRepeatable(kind))
    .map((spec) => ({ value: longFlagOf(spec), help: spec.help })),
  { value: '--help', help: 'show what it takes' },
];

const isRepeatable = (kind: OptionSpec['kind']): boolean =>
  kind === 'list' || kind.startsWith('gate-');

const commandsOf = ({ groups }: CommandTable): readonly Candidate[] =>
  [...groups.flatMap(({ commands }) => commands), helpRow]
    .filter(({ name = '' }) => !name.includes(' '))
    .map(({ name = '', summary }) => ({ value: name, help: summary }));

/** The second words of commands that have two: `wait` behind `kube`. */
const secondWords = ({ groups }: CommandTable, row: Before['row']): readonly Candidate[] =>
  groups
    .flatMap(({ commands }) => commands)
    .flatMap(({ name = '', summary }) =>
      name.startsWith(`${row.name} `)
        ? [{ value: name.slice(`${row.name} `.length), help: summary }]
        : [],
    );

const checks = ['tcp', 'http://{address}:{port}/healthz'];

/** What an option's value names, by the placeholder in its flags. */
const lookedValues: Partial<Readonly<Record<string, readonly Looked[]>>> = {
  '<servers>': ['servers'],
  '<service>': ['services'],
  '<where>': ['directors'],
  '<file>': ['files'],
  '<place>': ['files'],
};

function valuesOf(
  { flags, kind, values }: OptionSpec,
  { kept, begun }: { readonly kept: string; readonly begun: string },
): Pick<Wanted, 'kept' | 'begun' | 'fixed' | 'looked'> {
  // Behind the last comma of a list another one begins.
  const past = kind === 'list' ? begun.lastIndexOf(',') + 1 : 0;
  return {
    kept: kept + begun.slice(0, past),
    begun: begun.slice(past),
    fixed: (values ?? (kind === 'check' ? checks : [])).map((value) => ({ value })),
    looked: lookedValues[/<.*>/.exec(flags)?.[0] ?? ''] ?? [],
  };
}

function argumentsOf(
  table: CommandTable,
  row: Before['row'],
  operands: number,
): Pick<Wanted, 'fixed' | 'looked'> {
  const taken = row.arguments ?? [];
  const endless = taken.at(-1)?.placeholder.includes('...') ? taken.at(-1) : undefined;
  const placeholder = (taken[operands] ?? endless)?.placeholder ?? '';
  if (placeholder === '[command]') return { fixed: commandsOf(table), looked: [] };
  if (placeholder === '<shell>') {
    return { fixed: ['bash', 'zsh', 'fish'].map((value) => ({ value })), looked: [] };
  }
  if (placeholder.includes('servers')) return { fixed: [], looked: ['servers'] };
  if (placeholder.includes('file')) return { fixed: [], looked: ['files'] };
  if (placeholder.includes('id')) {
    const isAnyGood = 'name' in row && (row.name === 'status' || row.name === 'report');
    return { fixed: [], looked: [isAnyGood ? 'rollouts' : 'unfinished'] };
  }
  return { fixed: [], looked: [] };
}
