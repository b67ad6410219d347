import { fail, ok, type Result } from '../../../domain/failure.ts';
import { isSimulatedPlace } from '../../../domain/places/director-access.ts';
import { isSshAddress } from '../../../domain/places/ssh-address.ts';
import { lockedBy } from '../../../domain/rollout/lock-refusal.ts';
import type { Lock, Store } from '../../../rollout/ports.ts';
import { sharedDocumentsIn } from '../claims/shared-documents.ts';
import { createTableClaims, type TableClaimOptions } from '../claims/table-claims.ts';
import type { ClaimedMachine, TablePlace } from '../claims/table-places.ts';
import { createFileLocks } from './file-locks.ts';
import { sharedFolder } from './shared-folder.ts';

export interface TableLockOptions {
  readonly machine: Machine;
  /** The network namespace behind the name of a local table, where the name tells. */
  readonly namespaceOf: (table: string) => Promise<string | undefined>;
  /** Whoever makes claims, and a look at those of others; without it none are kept. */
  readonly claims?: Pick<TableClaimOptions, 'self' | 'states'> | undefined;
}

/** A machine with tables: their locks and the claims on them, which all of its users have in common. */
export interface Machine extends Pick<Store, 'lock' | 'holder'>, ClaimedMachine {
  /** Makes a place for locks; `absent` where this user may not, and nobody has. */
  ready(): Promise<Result<'there' | 'read-only' | 'absent'>>;
}

/** A machine's locks and claims in a folder; `state` is the place of the state, for others who are refused. */
export const machineIn = (folder: string, state: string): Machine => ({
  ...createFileLocks(folder, { isShared: true, state }),
  ready: () => sharedFolder(folder),
  documents: sharedDocumentsIn(folder),
});

/**
 * A store that locks and claims tables on their machine too: whoever has another state folder, is another
 * user or says other words for the same table finds the lock or the claim there.
 */
export function withTableLocks(store: Store, options: TableLockOptions): Store {
  const { machine, namespaceOf, claims } = options;
  const placeOf = async (table: string): Promise<TablePlace<Machine> | undefined> => {
    if (isSshAddress(table.split(' ')[0] ?? '') || isSimulatedPlace(table)) return undefined;
    return { machine, table: (await namespaceOf(table)) ?? table };
  };
  /** A lock of a table by the place of the table, and its name there. */
  const onMachine = async (resource: string) => {
    const at = resource.lastIndexOf(' on ');
    const place = at < 0 ? undefined : await placeOf(resource.slice(at + 4));
    return place && { ...place, resource: `${resource.slice(0, at)} on ${place.table}` };
  };
  const lockOn = async (
    one: Machine,
    resources: readonly string[],
    ...[rollout, lockOptions]: LockTerms
  ): Promise<Result<Lock | undefined>> => {
    const ready = await one.ready();
    if (!ready.ok) return ready;
    if (ready.value === 'absent') return ok(undefined);
    if (ready.value === 'there') return one.lock(resources, rollout, lockOptions);
    for (const resource of resources) {
      const holder = await one.holder(resource);
      if (holder) return fail(lockedBy(resource, holder));
    }
    return ok(undefined);
  };

  const locking: Pick<Store, 'lock' | 'holder'> = {
    async lock(resources, ...terms) {
      const own = await store.lock(resources, ...terms);
      if (!own.ok) return own;
      const locks: Lock[] = [own.value];
      const found = await Promise.all(resources.map(onMachine));
      const machines = new Map<Machine, readonly string[]>();
      for (const one of found) {
        if (one) machines.set(one.machine, [...(machines.get(one.machine) ?? []), one.resource]);
      }
      for (const [one, here] of machines) {
        const onTable = await lockOn(one, here, ...terms);
        if (onTable.ok && onTable.value) locks.unshift(onTable.value);
        if (onTable.ok) continue;
        for (const lock of locks) await lock.release();
        return onTable;
      }
      return ok(allOf(locks));
    },
    async holder(resource) {
      const own = await store.holder(resource);
      if (own) return own;
      const here = await onMachine(resource);
      return here?.machine.holder(here.resource);
    },
  };
  return claims
    ? { ...store, ...locking, ...claiming(store, { ...claims, store, placeOf }) }
    : { ...store, ...locking };
}

type LockTerms = [rollout: string, options?: Parameters<Store['lock']>[2]];

/** The claims of a store, among which are its marks. */
function claiming(
  { marks }: Pick<Store, 'marks'>,
  options: TableClaimOptions,
): Pick<Store, 'claims' | 'marks'> {
  const { claims, putMark, removeMark } = createTableClaims(options);
  return {
    claims,
    marks: {
      ...marks,
      async put(mark) {
        const put = await marks.put(mark);
        if (put.ok) await putMark(mark);
        return put;
      },
      async remove(subject) {
        const removed = await marks.remove(subject);
        if (removed.ok) await removeMark(subject);
        return removed;
      },
    },
  };
}

/** Locks as one, which lasts as long as the shortest; released in this order. */
function allOf(locks: readonly Lock[]): Lock {
  const [only, ...others] = locks;
  if (only && others.length === 0) return only;
  return {
    async release() {
      for (const lock of locks) await lock.release();
    },
    lockedForMs: () =>
      Math.min(...locks.map((lock) => lock.lockedForMs?.() ?? Number.POSITIVE_INFINITY)),
  };
}
