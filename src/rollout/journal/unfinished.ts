import type { ServiceKey } from '../../domain/address.ts';
import { ok, type Result } from '../../domain/failure.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import { isFinalEnd } from '../../domain/rollout/rollout-status.ts';
import type { Store } from '../ports.ts';
import { foldJournal } from '../state/journal.ts';
import { hasBegun } from '../state/ramp-progress.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { type Claimed, type ClaimsElsewhere, noClaimsElsewhere } from '../table-claims.ts';

export type UnfinishedStore = Pick<Store, 'unfinished' | 'list' | 'read'>;

/** Rollouts that have begun and have no final end, from the index and, where that is not whole, from every journal. */
export const unfinishedRollouts = async (
  store: UnfinishedStore,
): Promise<Result<readonly RolloutState[]>> => withoutEnd(store, hasBegun);

/** Rollouts that have no end and have changed nothing yet: those that wait for their start. */
export const rolloutsToBegin = async (
  store: UnfinishedStore,
): Promise<Result<readonly RolloutState[]>> => withoutEnd(store, (state) => !hasBegun(state));

async function withoutEnd(
  store: UnfinishedStore,
  isWanted: (state: RolloutState) => boolean,
): Promise<Result<readonly RolloutState[]>> {
  const named = await namedUnfinished(store);
  if (!named.ok) return named;
  const states: RolloutState[] = [];
  for (const rollout of named.value) {
    const read = await store.read(rollout);
    // Named before its journal is written, or not to be read by this version: no claim that could be ended.
    if (!read.ok) continue;
    const state = foldJournal(read.value);
    if (!isFinalEnd(state.end) && isWanted(state)) states.push(state);
  }
  return ok(states);
}

/**
 * Ids of which some may be of unfinished rollouts: those of the index, or of every journal where the index is
 * not whole. A name may be there before its journal.
 */
export async function namedUnfinished(
  store: Pick<UnfinishedStore, 'unfinished' | 'list'>,
): Promise<Result<readonly string[]>> {
  const index = await store.unfinished.list();
  if (!index.ok) return index;
  return index.value.isWhole ? ok(index.value.rollouts) : store.list();
}

/** The stores of others are asked too, as far as they can be. */
export type ClaimStore = UnfinishedStore & Pick<Store, 'claims'>;

export interface UnfinishedOn {
  /** Rollouts of this store wherever they are, and those of others on the tables that were asked of. */
  readonly rollouts: readonly RolloutState[];
  readonly elsewhere: ClaimsElsewhere;
}

/** Unfinished rollouts of this store and of others, and what operators have out of these tables by others. */
export async function unfinishedOn(
  store: ClaimStore,
  tables: readonly string[],
): Promise<Result<UnfinishedOn>> {
  const own = await unfinishedRollouts(store);
  if (!own.ok) return own;
  const elsewhere = await claimsElsewhere(store, tables);
  if (!elsewhere.ok) return elsewhere;
  const known = elsewhere.value.rollouts.flatMap(({ state }) => state ?? []);
  return ok({ rollouts: [...own.value, ...known], elsewhere: elsewhere.value });
}

/** The services of one table that unfinished rollouts have, each with the one that has it. */
export function servicesUnderWay(
  { rollouts, elsewhere }: UnfinishedOn,
  table: string,
): ReadonlyMap<ServiceKey, string> {
  const found = new Map<ServiceKey, string>();
  for (const { rollout, plan, access, directors } of rollouts) {
    for (const { director: name, services } of plan.directors) {
      const isOver = directors.get(name)?.rolledBack ?? false;
      if (isOver || tableOf(accessOf(access, name)) !== table) continue;
      for (const { service } of services) found.set(service, rollout);
    }
  }
  // Of one whose journal cannot be read all is known that it has claimed.
  const onTable = ` on ${table}`;
  for (const { rollout, resources, state } of elsewhere.rollouts) {
    for (const resource of state ? [] : resources)
      if (resource.endsWith(onTable))
        found.set(resource.slice(0, -onTable.length) as ServiceKey, rollout);
  }
  return found;
}

/** What other stores claim of these tables. */
export const claimsElsewhere = async (
  { claims }: Pick<Store, 'claims'>,
  tables: readonly string[],
): Promise<Result<ClaimsElsewhere>> => (await claims?.others(tables)) ?? ok(noClaimsElsewhere);

/** What clusters claim of these tables: in this store, and behind that in others. */
export async function clustersOn(
  store: Pick<Store, 'marks' | 'claims'>,
  tables: readonly string[],
): Promise<Result<readonly ClusterClaim[]>> {
  const own = await store.marks.clusters.list();
  if (!own.ok) return own;
  const elsewhere = await claimsElsewhere(store, tables);
  if (!elsewhere.ok) return elsewhere;
  const here = own.value.filter(({ table }) => tables.includes(table));
  return ok([...here, ...elsewhere.value.clusters]);
}

export const tablesOf = (access: readonly DirectorAccess[]): readonly string[] => [
  ...new Set(access.map(tableOf)),
];

/**
 * Keeps the name of a rollout before its journal begins, and claims its services where their tables are. The first rollout in a store of an earlier
 * version adds the unfinished ones that are there.
 */
export async function addUnfinished(store: ClaimStore, claimed: Claimed): Promise<Result<void>> {
  const whole = await completeIndex(store);
  if (!whole.ok) return whole;
  const added = await store.unfinished.add(claimed.rollout);
  return added.ok && store.claims ? store.claims.put(claimed) : added;
}

/** Takes the name of a rollout that is over away, and its claims on tables. */
export async function removeUnfinished(store: ClaimStore, claimed: Claimed): Promise<Result<void>> {
  await store.claims?.remove(claimed);
  return store.unfinished.remove(claimed.rollout);
}

/** Makes the index of a store of an earlier version whole. */
export async function completeIndex(store: UnfinishedStore): Promise<Result<void>> {
  const index = await store.unfinished.list();
  if (!index.ok) return index;
  if (index.value.isWhole) return ok(undefined);
  const before = await unfinishedRollouts(store);
  if (!before.ok) return before;
  for (const state of before.value) {
    const added = await store.unfinished.add(state.rollout);
    if (!added.ok) return added;
  }
  return store.unfinished.declareWhole();
}
