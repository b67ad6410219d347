import type { OptionSpec } from '../../config/options/option-specs.ts';
import type { GivenOption, GivenOptions, OptionName } from '../../config/options/options.ts';
import type { Failure } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { CommandRow } from './command.ts';
import { longFlagOf, optionsOf } from './row-options.ts';

/** The options of a command line, and the first thing that is wrong with them. */
export interface ReadGiven {
  readonly given: GivenOptions;
  readonly failure: Failure | undefined;
}

/**
 * `typed` is what commander collected: every value of an option, or `true` for a flag; `before` is the
 * part of it that stands before the command's name.
 */
export function readGiven(
  row: CommandRow,
  { typed, before }: { readonly typed: Typed; readonly before: Typed },
  variables: Readonly<Record<string, string | undefined>>,
): ReadGiven {
  const given = new Map<OptionName, GivenOption>();
  let failure: Failure | undefined;
  for (const spec of optionsOf(row)) {
    const values = typed[spec.name];
    if (values === undefined) {
      const variable = spec.variable === undefined ? undefined : variables[spec.variable];
      if (variable && spec.variable) {
        const value = spec.kind === 'flag' ? String(!off.has(variable)) : variable;
        given.set(spec.name, { values: [value], where: spec.variable, layer: 'environment' });
      }
      continue;
    }
    const texts = Array.isArray(values) ? values.map(String) : [String(values)];
    const where = longFlagOf(spec);
    if (takesOne(spec)) failure ??= differing(texts, before[spec.name], where);
    const isFlag = spec.kind === 'flag' ? true : undefined;
    given.set(spec.name, { values: texts, where, layer: 'command-line', isFlag });
  }
  return { given, failure };
}

/** Values of a variable that leave its flag off. */
const off: ReadonlySet<string> = new Set(['0', 'false', 'no']);

const takesOne = ({ kind }: OptionSpec): boolean => kind === 'text' || kind === 'check';

type Typed = Readonly<Record<string, unknown>>;

/**
 * Refuses values that differ between the sides of the command's name: on one side the last value
 * counts, of two sides nobody can know which was meant, so neither is dropped.
 */
function differing(texts: readonly string[], before: unknown, where: string): Failure | undefined {
  const count = Array.isArray(before) ? before.length : 0;
  const [first, other] = [texts[count - 1], texts.at(-1)];
  if (first === undefined || other === undefined || first === other) return undefined;
  return {
    kind: 'usage',
    what: `two values for one option: "${printable(first)}" and "${printable(other)}"`,
    where,
    next: 'give it once',
  };
}
