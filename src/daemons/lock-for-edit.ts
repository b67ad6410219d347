import type { ServiceKey } from '../domain/address.ts';
import type { Failure } from '../domain/failure.ts';
import { guardHolder } from '../domain/rollout/lock-refusal.ts';
import type { Lock, Store } from '../rollout/ports.ts';

/** The lock of a service of one table: what rollouts, guards and clusters edit under. */
export const lockName = (service: ServiceKey, table: string): string => `${service} on ${table}`;

export interface LockedServices extends Lock {
  readonly mine: readonly ServiceKey[];
  /** Services that are in a rollout by now, and the rollout that keeps the lock. */
  readonly rollouts: ReadonlyMap<ServiceKey, string>;
  readonly failure?: Failure;
}

/** A table as marks and locks name it, and where the locks are. */
export interface EditedTable {
  readonly store: Pick<Store, 'lock' | 'holder'>;
  readonly table: string;
}

/**
 * Locks services for one edit, each by itself. A rollout that wants one of them at this moment
 * waits and then makes its first comparison with the table; so the rollout never finds an edit half
 * made, nor one between two of its own.
 */
export async function lockForEdit(
  { store, table }: EditedTable,
  services: readonly ServiceKey[],
  holderName = guardHolder,
): Promise<LockedServices> {
  const locks: Lock[] = [];
  const mine: ServiceKey[] = [];
  const rollouts = new Map<ServiceKey, string>();
  let failure: Failure | undefined;
  for (const service of services) {
    const resource = lockName(service, table);
    const locked = await store.lock([resource], holderName, { momentary: true });
    if (locked.ok) {
      locks.push(locked.value);
      mine.push(service);
      continue;
    }
    const holder = await store.holder(resource);
    if (holder && !holder.momentary) rollouts.set(service, holder.rollout);
    else failure ??= locked.failure;
  }
  const limited = locks.filter(({ lockedForMs }) => lockedForMs !== undefined);
  return {
    mine,
    rollouts,
    ...(failure ? { failure } : {}),
    ...(limited.length > 0
      ? { lockedForMs: () => Math.min(...limited.map((lock) => lock.lockedForMs?.() ?? 0)) }
      : {}),
    async release() {
      for (const lock of locks) await lock.release();
    },
  };
}
