/** The word of an option of keepalived(8), by any of the ways to write it: `-f FILE`, `-fFILE`, `--use-file=FILE`. */
export function optionIn(
  words: readonly string[],
  short: string,
  long: string,
): string | undefined {
  for (const [index, word] of words.entries()) {
    if (word === short || word === long) return words[index + 1];
    if (word.startsWith(`${long}=`)) return word.slice(long.length + 1);
    if (!word.startsWith('--') && word.startsWith(short)) return word.slice(short.length);
  }
  return undefined;
}
