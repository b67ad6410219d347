import * as z from 'zod';

/** The longest sentence that is written. */
export const longestSentence = 4_096;

/** A sentence as a file has it: earlier versions wrote some of any length. */
export const sentence = z.string().max(16_000_000);

/** A sentence as it is written: `keptSentence('x'.repeat(5_000))` has 4,096 characters, the last a `…`. */
export function keptSentence(text: string): string {
  if (text.length <= longestSentence) return text;
  // Half of a character is none.
  return `${text.slice(0, longestSentence - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A record whose end has a sentence as it is written. */
export const withKeptEnd = <T extends { readonly end?: { readonly message: string } }>(
  record: T,
): T =>
  record.end
    ? { ...record, end: { ...record.end, message: keptSentence(record.end.message) } }
    : record;
