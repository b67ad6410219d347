import { fail, ok, type Result } from './failure.ts';
import { didYouMean } from './nearest.ts';
import { printable } from './printable.ts';

export type CommandWords = readonly [string, ...string[]];

/** The option that takes a command, for what a refusal says. */
export interface CommandOption {
  readonly name: string;
  /** `Say how to call ipvsadm, e.g. --ipvsadm "sudo ipvsadm".` */
  readonly advice: string;
}

const ipvsadmOption: CommandOption = {
  name: '--ipvsadm',
  advice: 'Say how to call ipvsadm, e.g. --ipvsadm "sudo ipvsadm".',
};

/**
 * The value of `--ipvsadm` as words: `sudo ipvsadm` is `['sudo', 'ipvsadm']`. It never sees a shell,
 * so a quote would be part of a word; it is refused, because nobody means that.
 */
export function parseCommandWords(text: string, option = ipvsadmOption): Result<CommandWords> {
  const [first, ...rest] = text.split(/\s+/).filter((word) => word !== '');
  if (first === undefined) {
    return refused(`${option.name} is empty`, option.advice);
  }
  if (/["'`\0]/.test(text)) {
    return refused(
      `${option.name} holds a quote: ${printable(text)}`,
      'It is split at blanks and given to no shell; put what needs quotes into a script.',
    );
  }
  return ok([first, ...rest]);
}

/** The values of the placeholders of a server; without a value a placeholder cannot be filled. */
export type Placeholders = Readonly<
  Partial<Record<'server' | 'address' | 'port' | 'container', string | undefined>>
>;

/**
 * A text with the placeholders that `values` knows filled: `{address}:{port}`. Any other brace is the
 * operator's. `undefined` where a placeholder has no value.
 */
export function fillPlaceholders(text: string, values: Placeholders): string | undefined {
  let isComplete = true;
  const filled = text.replace(
    /\{(server|address|port|container)\}/g,
    (whole, name: keyof Placeholders) => {
      if (!(name in values)) return whole;
      const value = values[name];
      if (value === undefined) isComplete = false;
      return value ?? '';
    },
  );
  return isComplete ? filled : undefined;
}

/** The same of every word of a command. */
export function fillWords(
  [file, ...args]: CommandWords,
  values: Placeholders,
): CommandWords | undefined {
  const first = fillPlaceholders(file, values);
  const others = args.flatMap((word) => fillPlaceholders(word, values) ?? []);
  return first === undefined || others.length < args.length ? undefined : [first, ...others];
}

/**
 * A placeholder that means nothing, such as `{adress}`, with what may be meant. `${HOME}`, `%{http_code}` and
 * `{{.Names}}` are the command's own.
 */
export function strangePlaceholder(
  texts: readonly string[],
  known: readonly string[],
): string | undefined {
  const found = texts.flatMap((text) => [
    ...text.matchAll(/(?<![$%{\\])\{([A-Za-z]+(?:\|[A-Za-z]+)?)\}(?!\})/g),
  ]);
  const [whole, name = ''] = found.find(([, one = '']) => !known.includes(one)) ?? [];
  return whole && `${whole}${didYouMean(name, known)}`;
}

const refused = (what: string, next: string): Result<never> => fail({ kind: 'usage', what, next });
