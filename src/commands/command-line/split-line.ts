/** A command line, taken apart at the name of its command. */
export interface SplitLine {
  /** The first word that is neither an option nor the value of one. */
  readonly first: string | undefined;
  readonly before: readonly string[];
  readonly behind: readonly string[];
  /** The index of a `--` in `behind`. */
  readonly dashesAt: number | undefined;
  /** The first option in `before` that no command knows; the next word may be its value. */
  readonly stranger: string | undefined;
  /** The first option whose value is an option itself. */
  readonly swallowing: { readonly option: string; readonly value: string } | undefined;
}

/**
 * The number of words of an option that any command knows: `--yes` and `--over=5m` are `alone`, and
 * the value of a bare `--over` is the `next` word.
 */
export type OptionArity = (word: string) => 'alone' | 'next' | undefined;

/**
 * Finds the first word that can be a command's name: `--state status history` has the folder
 * `status`, so the word is `history`.
 */
export function splitLine(argv: readonly string[], arityOf: OptionArity): SplitLine {
  let firstAt: number | undefined;
  let dashesAt: number | undefined;
  let swallowing: SplitLine['swallowing'];
  let stranger: string | undefined;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    if (word === '--') {
      // Before the name it says that the name is no option; behind it there may be another one.
      if (firstAt !== undefined) {
        dashesAt = at;
        break;
      }
      firstAt = at + 1;
      const next = argv.indexOf('--', firstAt + 1);
      dashesAt = next < 0 ? undefined : next;
      break;
    }
    if (word.length > 1 && word.startsWith('-')) {
      const value = argv[at + 1];
      const arity = arityOf(word);
      if (firstAt === undefined && arity === undefined) stranger ??= word;
      if (arity !== 'next' || value === undefined) continue;
      if (value === '--' || arityOf(value)) swallowing ??= { option: word, value };
      at++;
      continue;
    }
    firstAt ??= at;
  }
  const nameAt = firstAt ?? argv.length;
  return {
    first: argv[nameAt],
    before: argv.slice(0, nameAt),
    behind: argv.slice(nameAt + 1),
    dashesAt: dashesAt === undefined ? undefined : dashesAt - nameAt - 1,
    stranger,
    swallowing,
  };
}
