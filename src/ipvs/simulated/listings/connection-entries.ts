import { serverKey } from '../../../domain/address.ts';
import type { ConnectionEntry } from '../../../domain/ipvs/ipvs.ts';
import { formatClient } from '../connections/client-address.ts';
import type { Kernel } from '../kernel.ts';

/** `ipvsadm -Lnc`: the connections, then the persistence templates. The kernel has no order for them. */
export function connectionEntries(kernel: Kernel): readonly ConnectionEntry[] {
  const { nowMs } = kernel.wheel;
  const secondsTo = (timeMs: number): number => Math.max(0, Math.floor((timeMs - nowMs) / 1_000));
  const entries: ConnectionEntry[] = [];
  for (const connection of kernel.connections.entries()) {
    const { target, client, clientPort, server, state } = connection;
    const family = target.address.includes(':') ? 6 : 4;
    entries.push({
      protocol: target.protocol.toUpperCase(),
      expiresS: secondsTo(connection.expiresMs),
      state,
      client: { address: formatClient(client, family), port: clientPort },
      virtual: { address: target.address, port: target.port },
      server: serverKey(server.address, connection.serverPort),
    });
  }
  for (const template of kernel.connections.templates.entries()) {
    const { name, server, serverPort, invalidated } = template;
    entries.push({
      protocol: name.protocol,
      expiresS: secondsTo(template.dueMs),
      state: template.assured ? 'ASSURED' : 'NONE',
      client: { address: name.client, port: 0 },
      virtual: { address: name.address, port: invalidated ? unusable : name.port },
      server: serverKey(server.address, invalidated ? unusable : serverPort),
    });
  }
  return entries;
}

/** The port that marks a template which must not be used again. */
const unusable = 65_535;
