import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { GuardEventBody } from '../domain/events/guard-event.ts';
import { type Failure, ok } from '../domain/failure.ts';
import type { GuardConfig } from '../domain/health/guard.ts';
import type { Snapshot } from '../domain/ipvs/ipvs.ts';
import { type Folder, folderEvents, releasedBy } from './decide/maintenance.ts';
import type { ReadFolder } from './guard-ports.ts';

/** The interval of reading the maintenance folder, which costs no process. */
const folderPollMs = 1_000;

interface FolderWatchDeps {
  readFolder: ReadFolder;
  emit(event: GuardEventBody): void;
  /** Hears of a server whose last file is gone. */
  released(service: ServiceKey, server: ServerKey): void;
}

/** The maintenance folder as it was read last. */
export interface FolderWatch {
  files(): Folder;
  /** Reads the folder; a name in it may be one of several addresses: the one that is in the table. */
  read(config: GuardConfig, table: Pick<Snapshot, 'services'>): Promise<Failure | undefined>;
}

export const folderIntervalMs = ({ pollMs }: GuardConfig): number => Math.min(folderPollMs, pollMs);

export function createFolderWatch({ readFolder, emit, released }: FolderWatchDeps): FolderWatch {
  let folder: Folder = new Map();
  return {
    files: () => folder,
    async read({ maintenance }, table) {
      const read = maintenance === undefined ? ok([]) : await readFolder(maintenance, table);
      if (!read.ok) return read.failure;
      const before = folder;
      folder = new Map(read.value.map((entry) => [entry.name, entry]));
      for (const event of folderEvents(before, folder, table)) emit(event);
      for (const [service, server] of releasedBy(before, folder, table)) released(service, server);
      return undefined;
    },
  };
}
