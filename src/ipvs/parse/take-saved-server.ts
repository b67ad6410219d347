import type { ForwardingMethod, TunnelOptions } from '../../domain/ipvs.ts';
import type { ListedServer, SavedServer } from '../listing.ts';
import type { LineCursor } from './line-cursor.ts';
import { takeListedServer } from './take-server-row.ts';
import type { Problem } from './take-service.ts';

/** `-r 10.0.2.11:8080 -m -w 90 --tun-type gre --tun-csum`: what follows the service in an `-a` line. */
export function takeSavedServer(cursor: LineCursor): SavedServer | Problem {
  let server: ListedServer | undefined;
  let forwarding: ForwardingMethod | undefined;
  let weight = -1;
  let tunnel: TunnelOptions | undefined;
  while (cursor.nextWord()) {
    if (cursor.is('-r')) {
      const taken = takeListedServer(cursor);
      if (typeof taken === 'string') return taken;
      server = taken;
    } else if (cursor.is('-w')) {
      weight = cursor.takeUint();
    } else if (cursor.is('-m')) forwarding = 'masq';
    else if (cursor.is('-g')) forwarding = 'route';
    else if (cursor.is('-i')) forwarding = 'tunnel';
    else {
      const taken = takeTunnelOption(cursor, tunnel);
      if (typeof taken === 'string') return taken;
      tunnel = taken;
    }
  }
  if (server === undefined) return 'the real server (-r) is missing';
  if (forwarding === undefined) return 'the forwarding method (-m, -g or -i) is missing';
  if (weight < 0) return 'the weight (-w) is missing or no whole number';
  const { key } = server;
  if (tunnel === undefined) return { key, forwarding, weight };
  if (forwarding !== 'tunnel') return 'tunnel options of a server that is no tunnel (-i)';
  return { key, forwarding, weight, tunnel };
}

const tunnelTypes = ['ipip', 'gue', 'gre'] as const;

function takeTunnelOption(
  cursor: LineCursor,
  tunnel: TunnelOptions | undefined,
): TunnelOptions | Problem {
  const option = cursor.word();
  if (option === '--tun-type') {
    const word = cursor.takeWord();
    const type = tunnelTypes.find((known) => known === word);
    return type === undefined ? 'unknown type of tunnel' : { ...tunnel, type };
  }
  if (tunnel === undefined) return 'unknown option of a real server';
  if (option === '--tun-port') {
    const port = cursor.takeUint();
    const valid = port >= 0 && port <= 65535;
    return valid ? { ...tunnel, port } : 'the tunnel port is no port';
  }
  if (option === '--tun-nocsum') return { ...tunnel, checksum: 'nocsum' };
  if (option === '--tun-csum') return { ...tunnel, checksum: 'csum' };
  if (option === '--tun-remcsum') return { ...tunnel, checksum: 'remcsum' };
  return 'unknown option of a real server';
}
