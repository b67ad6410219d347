import type { ServerKey } from '../domain/address.ts';
import type { ConnectionEntry, ConnectionTable, VirtualService } from '../domain/ipvs.ts';
import { canCarryData, endedAgoS, entriesOf } from './holders.ts';

/**
 * Connections to a server that are over but still listed. With conn_reuse_mode=0 a client that uses
 * such a source port again goes on with the same entry, whatever the server's weight, and the kernel
 * does not count it as a new connection: only the table shows it (measured).
 */
export function endedConnections(
  table: ConnectionTable,
  service: VirtualService,
  server: ServerKey,
): ReadonlySet<string> {
  const ended = new Set<string>();
  for (const entry of entriesOf(table, service, server)) {
    if (endedAgoS(entry) !== undefined) ended.add(nameOf(entry));
  }
  return ended;
}

/** How many of those that had ended `elapsedS` seconds ago have been used again since. */
export function countReused(
  table: ConnectionTable,
  service: VirtualService,
  server: ServerKey,
  before: { readonly ended: ReadonlySet<string>; readonly elapsedS: number },
): number {
  let reused = 0;
  for (const entry of entriesOf(table, service, server)) {
    if (!before.ended.has(nameOf(entry))) continue;
    const agoS = endedAgoS(entry);
    // Ages are whole seconds: one that ended at about the time of the first look says nothing.
    const again = canCarryData(entry) || (agoS !== undefined && agoS < before.elapsedS - 1);
    if (again) reused++;
  }
  return reused;
}

const nameOf = ({ client, virtual, server }: ConnectionEntry): string =>
  `${client.address} ${client.port} ${virtual.address} ${virtual.port} ${server}`;
