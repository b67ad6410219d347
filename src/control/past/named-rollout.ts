import { fail, ok, type Result } from '../../domain/failure.ts';
import { isWholeId, nameRollout } from '../../domain/rollout/name-rollout.ts';
import type { Store } from '../../rollout/ports.ts';

/**
 * The id that a word stands for, of a rollout, an around or a sequence of the store; a word that stands
 * for none is given back, for whoever knows other names.
 */
export async function namedRollout(store: Store, word: string): Promise<Result<string>> {
  if (isWholeId(word)) return ok(word);
  const rollouts = await store.list();
  if (!rollouts.ok) return rollouts;
  const [arounds, sequences] = [await store.arounds.list(), await store.sequences.list()];
  const others = [arounds, sequences].flatMap((one) => (one.ok ? one.value : []));
  const latestFirst = [...rollouts.value, ...others].toSorted().toReversed();
  const named = nameRollout(word, latestFirst);
  if (named.kind === 'refused') return fail(named.failure);
  return ok(named.kind === 'found' ? named.rollout : word);
}
