import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import { movedServers, type Plan } from '../../domain/rollout/plan.ts';
import { resourcesOf } from '../../domain/rollout/rollout-locks.ts';
import { allWays, waysFrom } from '../../domain/rollout/rollout-status.ts';
import { type UnfinishedStore, unfinishedRollouts } from '../../rollout/journal/unfinished.ts';
import { isOnTheWay } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';

/** The rollout that a new one asks about, and those that it takes over from. */
export interface Newcomer extends Pick<RolloutState, 'plan' | 'access'> {
  readonly replaces: readonly string[];
}

/**
 * The failure of a rollout that would move weights of a service which an unfinished one has on its
 * way. Servers that neither moves may be taken out and brought back beside it.
 */
export async function claimedService(
  store: UnfinishedStore,
  newcomer: Newcomer,
): Promise<Result<void>> {
  const unfinished = await unfinishedRollouts(store);
  if (!unfinished.ok) return unfinished;
  const before = unfinished.value.find(
    (state) => !newcomer.replaces.includes(state.rollout) && isInTheWay(state, newcomer),
  );
  return before ? fail(inTheWay(before, sharedResource(before, newcomer) ?? '')) : ok(undefined);
}

/**
 * The failure of a rollout that is to go on or back while a later one, which began on the weights that the
 * first had left, is not over: what was begun last ends first. A server that is out and only waited for
 * may be waited for all the same.
 */
export async function laterRollout(
  store: UnfinishedStore,
  own: RolloutState,
  direction: 'forward' | 'back',
): Promise<Result<void>> {
  if (maintenanceOf(own.plan) && !isOnTheWay(own) && direction === 'forward') return ok(undefined);
  const unfinished = await unfinishedRollouts(store);
  if (!unfinished.ok) return unfinished;
  for (const later of unfinished.value) {
    // Ids are in the order of time.
    const shared = later.rollout > own.rollout ? sharedResource(later, own) : undefined;
    if (shared !== undefined) return fail(inTheWay(later, shared));
  }
  return ok(undefined);
}

type Claim = Pick<RolloutState, 'plan' | 'access'>;

function isInTheWay(before: RolloutState, newcomer: Newcomer): boolean {
  if (sharedResource(before, newcomer) === undefined) return false;
  // Servers that are out at weight 0 leave the others on their own scale.
  if (maintenanceOf(before.plan) && !isOnTheWay(before)) return false;
  return !maintenanceOf(newcomer.plan) || movesSame(before.plan, newcomer.plan);
}

const sharedResource = (before: Claim, newcomer: Claim): string | undefined => {
  const own = resourcesOf(newcomer.plan, newcomer.access);
  return resourcesOf(before.plan, before.access).find((resource) => own.includes(resource));
};

function movesSame(one: Plan, other: Plan): boolean {
  const moved = new Set(movedServers(one).map(({ service, server }) => `${service} ${server}`));
  return movedServers(other).some(({ service, server }) => moved.has(`${service} ${server}`));
}

function inTheWay(before: RolloutState, resource: string): Failure {
  const { rollout, plan, end } = before;
  const servers =
    plan.from.length > 0 && plan.to.length > 0
      ? `${plan.from.join(', ')} to ${plan.to.join(', ')}`
      : [...plan.from, ...plan.to].join(', ');
  const ways = waysFrom(end ? 'held' : 'cut-off', rollout);
  const commands = [...allWays(ways), ...(ways.leave ? [ways.leave] : [])];
  return {
    kind: 'conflict',
    what: `${resource} is in rollout ${rollout} (${servers}), which ${end ? `is held: ${end.message}` : 'was cut off'}`,
    next: [
      'end that one first: ',
      ...commands.flatMap((way, index) => (index === 0 ? [way] : [', or ', way])),
    ],
  };
}
