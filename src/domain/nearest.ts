import { printable } from './printable.ts';

/** More edits than this make another word. */
const mostEdits = 3;
/** More than this of a word has to be the same: `host` is no mistyped `port`. */
const leastAlike = 0.5;

/**
 * The known word that was meant, if one is alike enough: `bleu` means `blue`. Of several the nearest,
 * then the first.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  const typed = word.toLowerCase();
  for (const candidate of known) {
    const longer = Math.max(word.length, candidate.length);
    const edits = editsBetween(typed, candidate.toLowerCase());
    if (edits > mostEdits || 1 - edits / longer <= leastAlike) continue;
    if (!best || edits < best.edits) best = { candidate, edits };
  }
  return best?.candidate;
}

/** ` (did you mean blue?)` behind what is unknown, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : ` (did you mean ${printable(meant)}?)`;
}

/**
 * The number of letters to put in, take out, change, or swap with their neighbour (the optimal string
 * alignment distance): `bleu` and `blue` are one apart.
 */
export function editsBetween(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (isSame ? 0 : 1),
          isSwapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
