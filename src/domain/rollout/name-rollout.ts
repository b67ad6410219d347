import type { Failure } from '../failure.ts';
import { printable } from '../printable.ts';
import { isRolloutId } from './rollout-id.ts';

/** The word for the rollout that began last. */
export const latestWord = 'latest';

/** The fewest characters that may stand for an id: with fewer a slip of the finger names a rollout. */
const fewest = 4;
const mostListed = 5;

export type NamedRollout =
  | { readonly kind: 'found'; readonly rollout: string }
  /** No id is meant; the word may name something else. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Whether a word is an id as this version makes them, so that no list is needed to know it. */
export const isWholeId = (word: string): boolean => /^\d{8}-\d{9}-[0-9a-f]{4}$/.test(word);

/**
 * The rollout that a word means: its id, `latest`, or what begins or ends one id of `latestFirst` alone.
 * Of several nobody can know which was meant.
 */
export function nameRollout(word: string, latestFirst: readonly string[]): NamedRollout {
  if (latestFirst.includes(word)) return { kind: 'found', rollout: word };
  if (word === latestWord) {
    const [latest] = latestFirst;
    return latest === undefined
      ? refused('there is no rollout yet, so none is the latest')
      : { kind: 'found', rollout: latest };
  }
  if (word.length < fewest || !isRolloutId(word)) return { kind: 'unknown' };
  const meant = latestFirst.filter((id) => id.startsWith(word) || id.endsWith(word));
  const [first, second] = meant;
  if (first === undefined) return { kind: 'unknown' };
  if (second === undefined) return { kind: 'found', rollout: first };
  const more = meant.length > mostListed ? `, and ${meant.length - mostListed} more` : '';
  return refused(
    `"${printable(word)}" means ${meant.length} rollouts: ${meant.slice(0, mostListed).join(', ')}${more}`,
  );
}

const refused = (what: string): NamedRollout => ({
  kind: 'refused',
  failure: { kind: 'usage', what, next: [['history'], ' lists them; write more of the id'] },
});
