import type { Diagnostic } from '../domain/failure.ts';
import type { SyncDaemon } from '../domain/ipvs/ipvs.ts';
import { shortList } from '../domain/printable.ts';
import { isBackup, type SyncingDirector } from './sync-groups.ts';

/** Warns of the sync daemons of a director whose partners take no part. */
export const examineSync = (directors: readonly SyncingDirector[]): readonly Diagnostic[] =>
  directors.length === 1 ? diagnoseSync(directors[0]?.syncDaemons ?? []) : [];

/** Findings about the sync daemons of a director that is looked at alone. */
export function diagnoseSync(daemons: readonly SyncDaemon[]): readonly Diagnostic[] {
  const [first] = daemons;
  if (!first) return [];
  const ids = shortList([...new Set(daemons.map(({ syncId }) => syncId))]);
  const next = 'name the others as well (--director, repeated): one rollout has to move them all';
  return isBackup(daemons)
    ? [
        {
          severity: 'warning',
          code: 'sync-backup',
          message: `its sync daemon is a backup (sync id ${ids}): the connections here are copies of another director's, and a rollout of this one alone may move no traffic`,
          next,
        },
      ]
    : [
        {
          severity: 'warning',
          code: 'sync-alone',
          message: `its connections are copied to other directors (sync id ${ids}), whose tables keep the old servers: after a failover these have the traffic again`,
          next,
        },
      ];
}
