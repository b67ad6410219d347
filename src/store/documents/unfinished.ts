import { ok } from '../../domain/failure.ts';
import type { UnfinishedIndex } from '../../rollout/unfinished-index.ts';
import type { Place } from '../place.ts';

/** The document that says that the index names every unfinished rollout, those of earlier versions too. */
const wholeName = 'index';

/** Names of unfinished rollouts as documents, one a rollout: they are listed without any journal. */
export function createUnfinishedIndex(place: Place): UnfinishedIndex {
  const text = JSON.stringify({ v: 1 });
  return {
    async list() {
      const names = await place.names();
      if (!names.ok) return names;
      return ok({
        isWhole: names.value.includes(wholeName),
        rollouts: names.value.filter((name) => name !== wholeName),
      });
    },
    add: (rollout) => place.put(rollout, text, { rollout }),
    async remove(rollout) {
      const removed = await place.remove(rollout);
      return removed.ok ? ok(undefined) : removed;
    },
    declareWhole: () => place.put(wholeName, text),
  };
}
