/**
 * A word for a POSIX shell that stands for exactly these characters, whatever they are: `it's` is
 * `'it'\''s'`. This is the only place that writes one. A shell's word cannot hold NUL, and nothing
 * that gets here may: parsing has refused it.
 */
export function quoteForShell(word: string): string {
  if (word.includes('\0')) throw new Error('a word for a shell cannot hold NUL');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
