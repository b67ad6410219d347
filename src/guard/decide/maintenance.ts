import type { ServerKey, ServerName, ServiceKey } from '../../domain/address.ts';
import type { GuardEventBody } from '../../domain/events/guard-event.ts';
import type { RealServer, Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { FolderEntry } from '../guard-ports.ts';

/** The latest content of the maintenance folder, by file name. */
export type Folder = ReadonlyMap<string, FolderEntry>;

export const isNamed = (folder: Folder, server: Pick<RealServer, 'address' | 'port'>): boolean =>
  [...folder.values()].some(({ servers }) => servers.some((name) => means(name, server)));

/** A name without a port means the host, on every port. */
const means = (
  name: ServerName,
  { address, port }: Pick<RealServer, 'address' | 'port'>,
): boolean => name.address === address && (name.port === undefined || name.port === port);

/** The servers, in each of their services, whose last file is gone. */
export const releasedBy = (
  before: Folder,
  now: Folder,
  { services }: Pick<Snapshot, 'services'>,
): readonly (readonly [ServiceKey, ServerKey])[] =>
  services.flatMap(({ key, servers }) =>
    servers.flatMap((server) =>
      isNamed(before, server) && !isNamed(now, server) ? [[key, server.key] as const] : [],
    ),
  );

/** Events for files that came, files that went, and names that mean nothing, each reported once. */
export function folderEvents(
  before: Folder,
  now: Folder,
  { services }: Pick<Snapshot, 'services'>,
): readonly GuardEventBody[] {
  const keysOf = (entry: FolderEntry): readonly ServerKey[] => [
    ...new Set(
      services.flatMap(({ servers }) =>
        servers
          .filter((server) => entry.servers.some((name) => means(name, server)))
          .map(({ key }) => key),
      ),
    ),
  ];
  const came = [...now.values()].flatMap((entry): GuardEventBody[] => {
    const last = before.get(entry.name);
    const { name, problem } = entry;
    if (problem !== undefined) {
      if (last?.problem === problem) return [];
      return [{ type: 'warning', code: 'unknown-maintenance-name', message: problem }];
    }
    if (last && last.problem === undefined) return [];
    return [{ type: 'maintenance-on', name, servers: keysOf(entry) }];
  });
  const went = [...before.values()].flatMap((entry): GuardEventBody[] =>
    now.has(entry.name) || entry.problem !== undefined
      ? []
      : [{ type: 'maintenance-off', name: entry.name, servers: keysOf(entry) }],
  );
  return [...came, ...went];
}
