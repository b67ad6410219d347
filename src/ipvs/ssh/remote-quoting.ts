/**
 * A word for a POSIX shell that stands for exactly these characters, whatever they are: `it's` is
 * `'it'\''s'`. No other function writes such a word. A shell's word cannot hold NUL, and no text
 * that gets here may: parsing has refused it.
 */
export function quoteForShell(word: string): string {
  if (word.includes('\0')) throw new Error('a word for a shell cannot hold NUL');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
