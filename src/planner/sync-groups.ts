import type { SyncDaemon } from '../domain/ipvs/ipvs.ts';
import type { DirectorPlan } from '../domain/rollout/plan.ts';

/** The sync daemons of one director. */
export interface SyncingDirector {
  readonly director: string;
  readonly syncDaemons?: readonly SyncDaemon[];
}

/**
 * Finds the directors that copy each other's connections, as numbers by director: those of one
 * number show the same connections, which count once. A director is in a group when another end of
 * its sync id is among the directors, and groups that share a director are one. A backup's id of 0
 * takes from any master (`ip_vs_sync.c`: ip_vs_process_message).
 */
export function syncGroups(directors: readonly SyncingDirector[]): ReadonlyMap<string, number> {
  const groupOf = new Map<string, number>();
  const ends = directors.flatMap(({ director, syncDaemons = [] }) =>
    syncDaemons.map((daemon) => ({ director, ...daemon })),
  );
  const masters = ends.filter(({ role }) => role === 'master');
  const backups = ends.filter(({ role }) => role === 'backup');
  for (const master of masters) {
    for (const backup of backups) {
      const isPair =
        master.director !== backup.director &&
        (backup.syncId === 0 || backup.syncId === master.syncId);
      if (isPair) join(groupOf, master, backup.director);
    }
  }
  return groupOf;
}

/** The sync group of a director and whether it is a backup only, as its part of a plan has them. */
export const syncPartOf = (
  groups: ReadonlyMap<string, number>,
  { director, syncDaemons = [] }: SyncingDirector,
): Pick<DirectorPlan, 'syncGroup' | 'syncBackup'> => {
  const syncGroup = groups.get(director);
  return {
    ...(syncGroup === undefined ? {} : { syncGroup }),
    ...(isBackup(syncDaemons) ? { syncBackup: true } : {}),
  };
};

/** A director with a backup's daemon and no master's: its connections are copies. */
export const isBackup = (daemons: readonly SyncDaemon[]): boolean =>
  daemons.length > 0 && daemons.every(({ role }) => role === 'backup');

function join(
  groupOf: Map<string, number>,
  master: SyncDaemon & { readonly director: string },
  backup: string,
): void {
  const [own, others] = [groupOf.get(master.director), groupOf.get(backup)];
  const group = own ?? others ?? master.syncId;
  groupOf.set(master.director, group);
  groupOf.set(backup, group);
  if (own === undefined || others === undefined || own === others) return;
  for (const [director, other] of groupOf) if (other === others) groupOf.set(director, own);
}
