import { fail, ok, type Result } from './failure.ts';
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

const refused = (what: string, next: string): Result<never> => fail({ kind: 'usage', what, next });
