import type { DirectorAccess } from '../domain/places/director-access.ts';
import { isSshAddress, parseSshAddress, sshMachine } from '../domain/places/ssh-address.ts';
import { localTable, raisingWords } from '../domain/rollout/local-table.ts';
import { tableOf } from '../domain/rollout/rollout-locks.ts';
import type { RemoteTables } from '../store/folder/locks/table-locks.ts';
import type { RemoteTable } from '../store/remote/remote-table.ts';

export interface RemoteTablesOptions {
  /** The folder of locks on each machine. */
  readonly folder: string;
  readonly state: string;
  readonly tell: (text: string) => void;
}

/** The tables behind ssh whose locks their own machines keep; each has one shell for its locks. */
export function remoteTables(
  options: RemoteTablesOptions,
  directors: readonly DirectorAccess[],
): RemoteTables {
  const known = new Map<string, RemoteTable>();
  return {
    known: (table) => known.get(table),
    async of(table, access) {
      const before = known.get(table);
      if (before) return before;
      const one = [...access, ...directors].find(
        ({ where, ...how }) => isSshAddress(where) && tableOf({ where, ...how }) === table,
      );
      const opened = one && (await openTable(table, one, options));
      if (opened) known.set(table, opened);
      return opened;
    },
  };
}

async function openTable(
  table: string,
  { where, ipvsadm }: DirectorAccess,
  { folder, state, tell }: RemoteTablesOptions,
): Promise<RemoteTable | undefined> {
  const { connectionTo, sshClient } = await import('./connection-to.ts');
  const { shellOverSsh } = await import('../ipvs/ssh/standing-shell.ts');
  const { wayInShell } = await import('../ipvs/host/way-to-table.ts');
  const { lockPrelude } = await import('../store/remote/lock-script.ts');
  const { remoteTable } = await import('../store/remote/remote-table.ts');
  const address = parseSshAddress(where);
  if (!address.ok) return undefined;
  const words = localTable(ipvsadm);
  const raise = raisingWords(ipvsadm.split(/\s+/).filter((word) => word !== ''));
  const over = { address: address.value, connection: connectionTo(address.value), ssh: sshClient };
  const shell = shellOverSsh(over, lockPrelude({ folder, raise, ...wayInShell(words) }));
  const machine = sshMachine(address.value);
  return remoteTable({ shell, table, words, machine, folder, state, tell });
}
