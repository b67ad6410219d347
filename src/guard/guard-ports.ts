import type { ServerName } from '../domain/address.ts';
import type { GuardEvent } from '../domain/events/guard-event.ts';
import type { Result } from '../domain/failure.ts';
import type { GuardConfig } from '../domain/health/guard.ts';
import type { Snapshot } from '../domain/ipvs/ipvs.ts';
import type { Clock, Director, StopSwitch, Store } from '../rollout/ports.ts';
import type { CheckerPool } from './checkers.ts';

/** What belongs to one director. */
export interface GuardedDirector {
  readonly director: Director;
  /** The table as marks and locks name it: how its ipvsadm is called, or where it is. */
  readonly table: string;
  /** Of its own: what a name means may depend on the table. */
  readFolder: ReadFolder;
}

/** What the guard of one director needs of the world. */
export interface GuardDeps extends GuardedDirector {
  readonly checks: CheckerPool;
  readonly store: Pick<Store, 'lock' | 'holder' | 'marks'>;
  /** The file, for events. */
  readonly file: string;
  readonly clock: Clock;
  readonly stop: StopSwitch;
  /** The file again, at a SIGHUP. */
  readConfig(): Promise<Result<GuardConfig>>;
  onReload(reload: () => void): void;
  emit(event: GuardEvent): void;
}

/** Which hosts are out by a file in the maintenance folder; names that mean nothing say why. */
export type ReadFolder = (
  folder: string,
  table: Pick<Snapshot, 'services'>,
) => Promise<Result<readonly FolderEntry[]>>;

export interface FolderEntry {
  /** From outside, so not fit for a terminal as it is. */
  readonly name: string;
  readonly servers: readonly ServerName[];
  readonly problem?: string;
}
