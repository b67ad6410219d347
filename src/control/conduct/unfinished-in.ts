import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import { movedServers, type Plan } from '../../domain/rollout/plan.ts';
import { resourcesOf } from '../../domain/rollout/rollout-locks.ts';
import { allWays, commandText, isFinalEnd, waysFrom } from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../../rollout/ports.ts';
import { foldJournal } from '../../rollout/state/journal.ts';
import { hasBegun, isOnTheWay } from '../../rollout/state/ramp-progress.ts';
import type { RolloutState } from '../../rollout/state/rollout-state.ts';

/** Rollouts that have begun and have no final end, from the index and, where that is not whole, from every journal. */
export async function unfinishedRollouts(
  store: Pick<Store, 'unfinished' | 'list' | 'read'>,
): Promise<Result<readonly RolloutState[]>> {
  const index = await store.unfinished.list();
  if (!index.ok) return index;
  const all = index.value.isWhole ? ok(index.value.rollouts) : await store.list();
  if (!all.ok) return all;
  const states: RolloutState[] = [];
  for (const rollout of all.value) {
    const read = await store.read(rollout);
    // Named before its journal is written, or not to be read by this version: no claim that could be ended.
    if (!read.ok) continue;
    const state = foldJournal(read.value);
    if (!isFinalEnd(state.end) && hasBegun(state)) states.push(state);
  }
  return ok(states);
}

/**
 * Keeps the name of a rollout before its journal begins. The first rollout in a store of an earlier
 * version adds the unfinished ones that are there.
 */
export async function addUnfinished(
  store: Pick<Store, 'unfinished' | 'list' | 'read'>,
  rollout: string,
): Promise<Result<void>> {
  const index = await store.unfinished.list();
  if (!index.ok) return index;
  if (!index.value.isWhole) {
    const before = await unfinishedRollouts(store);
    if (!before.ok) return before;
    for (const state of before.value) {
      const added = await store.unfinished.add(state.rollout);
      if (!added.ok) return added;
    }
    const whole = await store.unfinished.declareWhole();
    if (!whole.ok) return whole;
  }
  return store.unfinished.add(rollout);
}

/** The rollout that a new one asks about, and those that it takes over from. */
export interface Newcomer extends Pick<RolloutState, 'plan' | 'access'> {
  readonly replaces: readonly string[];
}

/**
 * The failure of a rollout that would move weights of a service which an unfinished one has on its
 * way. Servers that neither moves may be taken out and brought back beside it.
 */
export async function claimedService(
  store: Pick<Store, 'unfinished' | 'list' | 'read'>,
  newcomer: Newcomer,
): Promise<Result<void>> {
  const unfinished = await unfinishedRollouts(store);
  if (!unfinished.ok) return unfinished;
  const before = unfinished.value.find(
    (state) => !newcomer.replaces.includes(state.rollout) && isInTheWay(state, newcomer),
  );
  return before ? fail(inTheWay(before, sharedResource(before, newcomer) ?? '')) : ok(undefined);
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
    next: `end that one first: ${commands.map((way) => commandText(way)).join(', or ')}`,
  };
}
