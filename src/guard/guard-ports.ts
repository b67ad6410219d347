import type { ServerName } from '../domain/address.ts';
import type { GuardEvent } from '../domain/events/guard-event.ts';
import type { Result } from '../domain/failure.ts';
import type { GuardConfig } from '../domain/health/guard.ts';
import type { Snapshot } from '../domain/ipvs/ipvs.ts';
import type { Clock, Director, StopSwitch, Store } from '../rollout/ports.ts';
import type { CheckerPool } from './checkers.ts';
import type { GuardBoard } from './seen/guard-board.ts';
import type { Reporting } from './seen/guard-report.ts';

/** A director with its own table and maintenance folder. */
export interface GuardedDirector {
  readonly director: Director;
  /** The table as marks and locks name it: the command for its ipvsadm, or its place. */
  readonly table: string;
  /** Reads the folder for this director: the meaning of a name may depend on the table. */
  readFolder: ReadFolder;
}

/** The ports that the guard of one director needs. */
export interface GuardDeps extends GuardedDirector {
  readonly checks: CheckerPool;
  readonly board: Pick<GuardBoard, 'join'>;
  readonly store: Pick<
    Store,
    'lock' | 'holder' | 'marks' | 'unfinished' | 'list' | 'read' | 'guards'
  >;
  /** This process, as others see it. */
  readonly self: Reporting;
  /** The config file, for events. */
  readonly file: string;
  readonly clock: Clock;
  readonly stop: StopSwitch;
  /** Reads the config file again, at a SIGHUP. */
  readConfig(): Promise<Result<GuardConfig>>;
  onReload(reload: () => void): void;
  emit(event: GuardEvent): void;
}

/** Lists the maintenance folder's files with their hosts; a name that means nothing says why. */
export type ReadFolder = (
  folder: string,
  table: Pick<Snapshot, 'services'>,
) => Promise<Result<readonly FolderEntry[]>>;

export interface FolderEntry {
  /** The name of the file, from outside, so not fit for a terminal as it is. */
  readonly name: string;
  readonly servers: readonly ServerName[];
  readonly problem?: string;
}
