import type { ServerName } from '../domain/address.ts';
import type { Result } from '../domain/failure.ts';
import type { GuardCheck, GuardConfig } from '../domain/guard.ts';
import type { GuardEvent } from '../domain/guard-event.ts';
import type { RealServer, Snapshot } from '../domain/ipvs.ts';
import type { Clock, Director, Gate, StopSwitch, Store } from '../rollout/ports.ts';

/** What the guard needs of the world. */
export interface GuardDeps {
  readonly director: Director;
  readonly store: Pick<Store, 'lock' | 'holder' | 'marks'>;
  /** The table as marks and locks name it: how its ipvsadm is called, or where it is. */
  readonly table: string;
  /** The file, for events. */
  readonly file: string;
  readonly clock: Clock;
  readonly stop: StopSwitch;
  /** 0 up to 1: spreads the checks over their interval. */
  random(): number;
  createCheck(check: GuardCheck, server: RealServer): Promise<Result<Gate>>;
  readFolder: ReadFolder;
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
