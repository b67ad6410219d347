import type { Failure } from '../../domain/failure.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import type { Reach } from '../../domain/places/reach.ts';
import { printable } from '../../domain/printable.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';

/** The access to directors with other ways to them over it. */
export const reachedBy = (
  access: readonly DirectorAccess[],
  reaches: readonly Reach[] = [],
): readonly DirectorAccess[] =>
  access.map((before) => {
    let one = before;
    for (const { director, where = one.where, ipvsadm = one.ipvsadm } of reaches) {
      if (director === undefined || director === one.director) one = { ...one, where, ipvsadm };
    }
    return one;
  });

/** The failure of a way to a director that the rollout does not have. */
export function unknownReach(
  { access }: Pick<RolloutState, 'access'>,
  reaches: readonly Reach[] = [],
): Failure | undefined {
  const names = access.map(({ director }) => director);
  const unknown = reaches.find(
    ({ director }) => director !== undefined && !names.includes(director),
  );
  const vague = reaches.find(
    ({ director, where }) => director === undefined && where !== undefined,
  );
  if (unknown) {
    return {
      kind: 'usage',
      what: `the rollout has no director "${printable(unknown.director ?? '')}"`,
      next: `name one of its own: --director ${names[0]}=WHERE (it has ${names.join(', ')})`,
    };
  }
  if (!vague || names.length === 1) return undefined;
  return {
    kind: 'usage',
    what: `--director ${printable(vague.where ?? '')} does not say which of the rollout's directors is there`,
    next: `name it: --director ${names[0]}=WHERE (it has ${names.join(', ')})`,
  };
}
