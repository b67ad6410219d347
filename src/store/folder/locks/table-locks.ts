import { fail, ok, type Result } from '../../../domain/failure.ts';
import { isSimulatedPlace } from '../../../domain/places/director-access.ts';
import { isSshAddress } from '../../../domain/places/ssh-address.ts';
import { lockedBy } from '../../../domain/rollout/lock-refusal.ts';
import type { Lock, Store } from '../../../rollout/ports.ts';
import { createFileLocks } from './file-locks.ts';
import { sharedFolder } from './shared-folder.ts';

export interface TableLockOptions {
  readonly machine: MachineLocks;
  /** The network namespace behind the name of a local table, where the name tells. */
  readonly namespaceOf: (table: string) => Promise<string | undefined>;
}

/** The locks of a machine's tables, which all of its users have in common. */
export interface MachineLocks extends Pick<Store, 'lock' | 'holder'> {
  /** Makes a place for locks; `absent` where this user may not, and nobody has. */
  ready(): Promise<Result<'there' | 'read-only' | 'absent'>>;
}

/** The locks of a machine in a folder; `state` is the place of the state, for others who are refused. */
export const machineLocksIn = (folder: string, state: string): MachineLocks => ({
  ...createFileLocks(folder, { isShared: true, state }),
  ready: () => sharedFolder(folder),
});

/**
 * A store that locks local tables on their machine too: whoever has another state folder, is another
 * user or says other words for the same table finds the lock there.
 */
export function withTableLocks(store: Store, options: TableLockOptions): Store {
  const { machine, namespaceOf } = options;
  const onMachine = async (resource: string): Promise<string | undefined> => {
    const at = resource.lastIndexOf(' on ');
    const table = resource.slice(at + 4);
    if (at < 0 || isSshAddress(table.split(' ')[0] ?? '') || isSimulatedPlace(table)) {
      return undefined;
    }
    return `${resource.slice(0, at)} on ${(await namespaceOf(table)) ?? table}`;
  };

  return {
    ...store,
    async lock(resources, rollout, lockOptions) {
      const own = await store.lock(resources, rollout, lockOptions);
      if (!own.ok) return own;
      const refuse = async (refused: Result<never>): Promise<Result<never>> => {
        await own.value.release();
        return refused;
      };
      const found = await Promise.all(resources.map(onMachine));
      const here = found.filter((one) => one !== undefined);
      if (here.length === 0) return own;
      const ready = await machine.ready();
      if (!ready.ok) return refuse(ready);
      if (ready.value === 'absent') return own;
      if (ready.value === 'read-only') {
        for (const one of here) {
          const holder = await machine.holder(one);
          if (holder) return refuse(fail(lockedBy(one, holder)));
        }
        return own;
      }
      const onTable = await machine.lock(here, rollout, lockOptions);
      return onTable.ok ? ok(both(own.value, onTable.value)) : refuse(fail(onTable.failure));
    },
    async holder(resource) {
      const own = await store.holder(resource);
      if (own) return own;
      const here = await onMachine(resource);
      return here === undefined ? undefined : machine.holder(here);
    },
  };
}

/** Two locks as one, which lasts as long as the shorter. */
const both = (one: Lock, other: Lock): Lock => ({
  async release() {
    await other.release();
    await one.release();
  },
  lockedForMs: () =>
    Math.min(
      one.lockedForMs?.() ?? Number.POSITIVE_INFINITY,
      other.lockedForMs?.() ?? Number.POSITIVE_INFINITY,
    ),
});
