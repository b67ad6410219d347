import { fail, ok } from '../domain/failure.ts';
import { lockedBy } from '../domain/rollout/lock-refusal.ts';
import type { LockHolder, Store } from '../rollout/ports.ts';

/** A process that takes locks in memory; the locks of one that is not alive count no more. */
export interface LockOwner {
  readonly pid: number;
  /** The state that the process has, for others who are refused. */
  readonly state?: string | undefined;
  isAlive(): boolean;
}

export interface MemoryLocks {
  /** The locks as one process takes them. */
  by(owner: LockOwner): Pick<Store, 'lock' | 'holder'>;
  /** Has those who wait look again: an owner has died. */
  lookAgain(): void;
}

interface Held {
  readonly owner: LockOwner;
  readonly holder: LockHolder;
}

/** Locks that are gone with the process: they exclude and wait as those of a folder do. */
export function createMemoryLocks(nowMs: () => number = Date.now): MemoryLocks {
  const held = new Map<string, Held>();
  let waiting: (() => void)[] = [];
  const lookAgain = (): void => {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  };
  const aliveHolder = (resource: string): Held | undefined => {
    const found = held.get(resource);
    return found?.owner.isAlive() ? found : undefined;
  };
  /** The holder as another process sees it, who knows its own state. */
  const seenBy = ({ state }: LockOwner, { holder }: Held): LockHolder =>
    holder.state === state ? { ...holder, state: undefined } : holder;

  return {
    lookAgain,
    by: (owner) => ({
      async lock(resources, rollout, { momentary, actor } = {}) {
        const { pid, state } = owner;
        const own: Held = {
          owner,
          holder: { rollout, pid, state, sinceMs: nowMs(), momentary, actor },
        };
        const release = async (): Promise<void> => {
          for (const [resource, one] of held) if (one === own) held.delete(resource);
          lookAgain();
        };
        for (const resource of [...new Set(resources)].sort()) {
          for (;;) {
            const other = aliveHolder(resource);
            if (!other) break;
            if (!other.holder.momentary) {
              await release();
              return fail(lockedBy(resource, seenBy(owner, other)));
            }
            await new Promise<void>((wake) => void waiting.push(wake));
          }
          held.set(resource, own);
        }
        return ok({ release });
      },
      async holder(resource) {
        const found = aliveHolder(resource);
        return found && seenBy(owner, found);
      },
    }),
  };
}
