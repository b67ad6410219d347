import { fail, ok, type Result } from '../domain/failure.ts';
import { printable } from '../domain/printable.ts';

export type CommandWords = readonly [string, ...string[]];

/**
 * The value of `--ipvsadm` as words: `sudo ipvsadm` is `['sudo', 'ipvsadm']`. It never sees a shell,
 * so a quote would be part of a word; it is refused, because nobody means that.
 */
export function parseCommandWords(text: string): Result<CommandWords> {
  const [first, ...rest] = text.split(/\s+/).filter((word) => word !== '');
  if (first === undefined) {
    return refused('--ipvsadm is empty', 'Say how to call ipvsadm, e.g. --ipvsadm "sudo ipvsadm".');
  }
  if (/["'`\0]/.test(text)) {
    return refused(
      `--ipvsadm holds a quote: ${printable(text)}`,
      'It is split at blanks and given to no shell; put what needs quotes into a script.',
    );
  }
  return ok([first, ...rest]);
}

const refused = (what: string, next: string): Result<never> => fail({ kind: 'usage', what, next });
