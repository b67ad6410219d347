import { fail, ok, type Result } from '../../../domain/failure.ts';
import { isSimulatedPlace } from '../../../domain/places/director-access.ts';
import { isSshAddress } from '../../../domain/places/ssh-address.ts';
import { lockedBy } from '../../../domain/rollout/lock-refusal.ts';
import type { Lock, Store } from '../../../rollout/ports.ts';
import { createFileLocks } from './file-locks.ts';
import { sharedFolder } from './shared-folder.ts';

export interface TableLockOptions {
  /** The folder of this machine for the locks of its tables. */
  readonly folder: string;
  /** The state's place, for others who are refused. */
  readonly state: string;
  /** The network namespace behind the name of a local table, where the name tells. */
  readonly namespaceOf: (table: string) => Promise<string | undefined>;
}

/**
 * A store that locks local tables on their machine too: whoever has another state folder, is another
 * user or says other words for the same table finds the lock there.
 */
export function withTableLocks(store: Store, options: TableLockOptions): Store {
  const { folder, state, namespaceOf } = options;
  const locks = createFileLocks(folder, { isShared: true, state });
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
      const ready = await sharedFolder(folder);
      if (!ready.ok) return refuse(ready);
      if (ready.value === 'absent') return own;
      if (ready.value === 'read-only') {
        for (const one of here) {
          const holder = await locks.holder(one);
          if (holder) return refuse(fail(lockedBy(one, holder)));
        }
        return own;
      }
      const machine = await locks.lock(here, rollout, lockOptions);
      return machine.ok ? ok(both(own.value, machine.value)) : refuse(fail(machine.failure));
    },
    async holder(resource) {
      const own = await store.holder(resource);
      if (own) return own;
      const here = await onMachine(resource);
      return here === undefined ? undefined : locks.holder(here);
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
