import type { CommandWords } from '../../domain/command-words.ts';

/** The place where the words before `ipvsadm` lead: this namespace, or one that only they enter. */
export interface Reach {
  /** `['sudo']`, `['ip', 'netns', 'exec', 'lb']`; empty for a plain `ipvsadm`. */
  readonly words: readonly string[];
  readonly here: boolean;
}

type Run<T> = (argv: readonly [string, ...string[]]) => Promise<T>;

/** Runs commands where `ipvsadm` runs, by the same words before them; `sudo` is one of these. */
export const throughReach =
  <T>(command: CommandWords, run: Run<T>): Run<T> =>
  ([file, ...args]) => {
    const [first = file, ...words] = [...(reachOf(command)?.words ?? []), file, ...args];
    return run([first, ...words]);
  };

/**
 * The reach of a command: `sudo -u root ipvsadm` is here, `ip netns exec lb ipvsadm` is elsewhere.
 * `undefined` for a command of another name: that may be a script that goes anywhere.
 */
export function reachOf(command: CommandWords): Reach | undefined {
  const program = command.at(-1) ?? '';
  if (!/(^|\/)ipvsadm$/.test(program)) return undefined;
  const words = command.slice(0, -1);
  return { words, here: words.length === 0 || raisesOnly(words) };
}

/** `ipvsadm` or `sudo ipvsadm`; a path may be that of a script which only has the name. */
export const isPlainHere = (command: CommandWords): boolean =>
  command.at(-1) === 'ipvsadm' && reachOf(command)?.here === true;

/** sudo(8) or doas(1) with nothing behind but options; `-u` and `-g` take a word. */
function raisesOnly([first = '', ...rest]: readonly string[]): boolean {
  if (!/(^|\/)(sudo|doas)$/.test(first)) return false;
  return rest.every(
    (word, index) => word.startsWith('-') || /^-[a-zA-Z]*[ug]$/.test(rest[index - 1] ?? ''),
  );
}
