import { fail } from '../domain/failure.ts';
import type { Director, Lock } from './ports.ts';

/**
 * A director that is edited only while nobody else can have the lock. An intent is written under the
 * lock, but the process may be stopped between that and the edit, for longer than the lock lasts.
 */
export function heldDirector(
  director: Director,
  lock: Pick<Lock, 'lockedForMs'>,
  /** The director's table as locks name it; without it all that is locked counts. */
  table?: string,
): Director {
  if (!lock.lockedForMs) return director;
  return {
    ...director,
    apply: async (changes, from) =>
      (lock.lockedForMs?.(table) ?? 0) > 0
        ? director.apply(changes, from)
        : fail({
            kind: 'director',
            what: `no edit of ${director.name} was made, for the lock on it may be over`,
            next: 'it is made when the lock is known to be held',
          }),
  };
}
