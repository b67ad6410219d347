/**
 * A word for a POSIX shell that stands for exactly these characters, whatever they are: `it's` is
 * `'it'\''s'`. No other file writes such a word. A shell's word cannot hold NUL, and no text
 * that gets here may: parsing has refused it.
 */
export function quoteForShell(word: string): string {
  if (word.includes('\0')) throw new Error('a word for a shell cannot hold NUL');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * A word of a command that is shown to be pasted: `/srv/drain` as it is, `/srv/my state` quoted. A
 * word that a terminal would not show as it is, such as one with a line break, is `$'a\012b'`, which
 * bash, zsh and ksh read.
 */
export function shellWord(word: string): string {
  if (plain.test(word)) return word;
  if (!unshown.test(word)) return quoteForShell(word);
  if (word.includes('\0')) throw new Error('a word for a shell cannot hold NUL');
  const bytes = [...new TextEncoder().encode(word)].map((byte) => {
    const isShown = byte >= 0x20 && byte < 0x7f && byte !== 0x27 && byte !== 0x5c;
    // Three octal digits: a digit behind them is no part of them.
    return isShown ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `$'${bytes.join('')}'`;
}

/** Words as a command line that a shell takes apart again into exactly these. */
export const shellWords = (words: readonly string[]): string => words.map(shellWord).join(' ');

/** A `=` is special at the beginning of a word only. */
const plain = /^[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:@%+,=-]*$/;

const unshown = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
