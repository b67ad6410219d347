import type { Result } from '../../../domain/failure.ts';
import { accessOf, accessOfTable, tableOf } from '../../../domain/rollout/rollout-locks.ts';
import type { RolloutState } from '../../../rollout/state/rollout-state.ts';
import type { Claimed } from '../../../rollout/table-claims.ts';
import type { RolloutClaim } from './claim-file.ts';
import type { SharedDocuments } from './shared-documents.ts';

/** A machine with tables, as far as claims are kept there. */
export interface ClaimedMachine {
  ready(): Promise<Result<'there' | 'read-only' | 'absent'>>;
  readonly documents: SharedDocuments;
}

/** A table by its machine and its name there, which is the same for whoever comes. */
export interface TablePlace<M = ClaimedMachine> {
  readonly machine: M;
  readonly table: string;
}

export type PlaceOf = (table: string) => Promise<TablePlace | undefined>;

/** The names of this store for tables, by their names on a machine. */
export type Names = ReadonlyMap<string, string>;

/** The names of this store for tables, by their machine and their names there. */
export async function byMachine(
  tables: readonly string[],
  placeOf: PlaceOf,
): Promise<ReadonlyMap<ClaimedMachine, Names>> {
  const found = new Map<ClaimedMachine, Map<string, string>>();
  for (const table of new Set(tables)) {
    const place = await placeOf(table);
    if (!place) continue;
    const names = found.get(place.machine) ?? new Map<string, string>();
    found.set(place.machine, names.set(place.table, table));
  }
  return found;
}

/** The tables of a rollout on each machine, as its claim there has them. */
export async function tablesOf(
  { plan, access }: Claimed,
  placeOf: PlaceOf,
): Promise<ReadonlyMap<ClaimedMachine, RolloutClaim['tables']>> {
  const found = new Map<ClaimedMachine, RolloutClaim['tables']>();
  for (const { director, services } of plan.directors) {
    const place = await placeOf(tableOf(accessOf(access, director)));
    if (!place) continue;
    const tables = found.get(place.machine) ?? [];
    const keys = services.map(({ service }) => service);
    found.set(place.machine, [...tables, { director, table: place.table, services: keys }]);
  }
  return found;
}

export const resourcesOn = ({ tables }: RolloutClaim): readonly string[] =>
  tables.flatMap(({ table, services }) => services.map((service) => `${service} on ${table}`));

/** A rollout of another store with its directors as this store reaches them; those elsewhere are nobody's. */
export function reachedFrom(
  state: RolloutState,
  { tables }: RolloutClaim,
  names: Names,
): RolloutState {
  const access = state.access.map((one) => {
    const there = tables.find(({ director }) => director === one.director)?.table;
    const known = there === undefined ? undefined : names.get(there);
    return known === undefined
      ? { ...one, where: 'elsewhere' }
      : { director: one.director, ...accessOfTable(known) };
  });
  return { ...state, access };
}
