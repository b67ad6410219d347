import type { ClaimedServer } from '../../domain/rollout/cluster-claim.ts';
import { rampTimes } from './decided.ts';
import type { OwnServer, ServiceView } from './intent.ts';
import { knownWeight } from './weights/known-weights.ts';

/**
 * What somebody else has made of own servers since they were last set: a line each, or nothing. A whole
 * service that is gone (a reboot, a flush) is no edit of somebody: it is built anew.
 */
export function diffOf(
  view: ServiceView,
  servers: readonly OwnServer[],
): readonly string[] | undefined {
  const { live, memory } = view;
  if (!live) return undefined;
  const lines = servers.flatMap(({ key, live: row, claimed, isExcused }) => {
    if (!claimed || isExcused || memory.excused.has(key)) return [];
    const known = knownWeight(memory.known, key);
    const found = row?.weight;
    if (known === undefined) {
      const due = found === undefined ? [] : weightsLeft(view, claimed);
      const isOwn = due.length === 0 || due.some((weight) => weight === found);
      return isOwn ? [] : [`${key}: weight ${due[0]} expected, ${found} found`];
    }
    if (found === undefined)
      return claimed.state === 'leaving'
        ? []
        : [`${key}: weight ${known} expected, not in the table`];
    return found === known ? [] : [`${key}: weight ${known} expected, ${found} found`];
  });
  return lines.length > 0 ? lines : undefined;
}

/**
 * The weights that whoever ran before may have left, by the claim: the one that it was about to set, and
 * the one from before where it was killed in between. Empty where nobody can tell: on a ramp, beside
 * servers of others, and after a rollout, which leaves what it likes.
 */
function weightsLeft(view: ServiceView, claimed: ClaimedServer): readonly number[] {
  const { memory, claim } = view;
  if (memory.isLeftByRollout || claim.pot !== undefined) return [];
  const { state, weight, from } = claimed;
  const before = from === undefined ? [] : [from];
  switch (state) {
    case 'in':
      return [weight, ...before];
    case 'leaving':
      return rampTimes(view).down > 0 ? [] : [0, ...before];
    case 'joining':
      return [];
  }
}
