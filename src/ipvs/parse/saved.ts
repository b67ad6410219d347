import type { ServerKey } from '../../domain/address.ts';
import type { ForwardingMethod, TunnelOptions } from '../../domain/ipvs/ipvs.ts';
import type { SavedServer, ServiceHeading } from '../listing.ts';
import type { Cursor } from './cursor.ts';
import { type Problem, takeServer } from './problem.ts';
import { serviceOf, takeSavedAttributes, takeSavedService } from './service.ts';

/** The output of `ipvsadm -Sn` while its lines are still coming. */
export interface OpenSaved {
  readonly kind: 'saved';
  readonly services: (ServiceHeading & { readonly servers: SavedServer[] })[];
  /** The last service as its line spells it: `-t 10.0.1.100:80`. */
  spelling: string;
}

export const openSaved = (): OpenSaved => ({ kind: 'saved', services: [], spelling: '' });

/** Takes the rest of a line after `-A`: `-t 10.0.1.100:80 -s wrr`. */
export function takeServiceLine(cursor: Cursor, saved: OpenSaved): Problem | undefined {
  if (!cursor.toWord()) return 'expected a virtual service after -A';
  const whole = cursor.rest();
  const name = takeSavedService(cursor);
  if (typeof name === 'string') return name;
  saved.spelling = whole.slice(0, whole.length - cursor.rest().length);
  const attributes = takeSavedAttributes(cursor);
  if (typeof attributes === 'string') return attributes;
  saved.services.push(serviceOf(name, attributes, []));
  return undefined;
}

/** Takes the rest of a line after `-a`: `-t 10.0.1.100:80 -r 10.0.2.11:8080 -m -w 90`. */
export function takeServerLine(cursor: Cursor, saved: OpenSaved): Problem | undefined {
  const service = saved.services.at(-1);
  if (service === undefined || !cursor.takes(saved.spelling)) {
    return 'a real server of another virtual service than the one before it';
  }
  const server = takeSavedServer(cursor);
  if (typeof server === 'string') return server;
  service.servers.push(server);
  return undefined;
}

/** `-r 10.0.2.11:8080 -m -w 90 --tun-type gre --tun-csum`. */
function takeSavedServer(cursor: Cursor): SavedServer | Problem {
  let key: ServerKey | undefined;
  let forwarding: ForwardingMethod | undefined;
  let weight = -1;
  let tunnel: TunnelOptions | undefined;
  while (cursor.toWord()) {
    if (cursor.takes('-r')) {
      const problem = takeServer(cursor);
      if (problem !== undefined) return problem;
      key = cursor.place() as ServerKey;
    } else if (cursor.takes('-w')) {
      weight = cursor.takeUint();
      if (weight < 0) return noWeight;
    } else if (cursor.takes('-m')) forwarding = 'masq';
    else if (cursor.takes('-g')) forwarding = 'route';
    else if (cursor.takes('-i')) forwarding = 'tunnel';
    else {
      const taken = takeTunnelOption(cursor, tunnel);
      if (typeof taken === 'string') return taken;
      tunnel = taken;
    }
  }
  if (key === undefined) return 'the real server (-r) is missing';
  if (forwarding === undefined) return 'the forwarding method (-m, -g or -i) is missing';
  if (weight < 0) return noWeight;
  if (tunnel === undefined) return { key, forwarding, weight };
  if (forwarding !== 'tunnel') return 'tunnel options of a server that is no tunnel (-i)';
  return { key, forwarding, weight, tunnel };
}

const noWeight: Problem = 'the weight (-w) is missing or no whole number';

const tunnelTypes = ['ipip', 'gue', 'gre'] as const;

function takeTunnelOption(
  cursor: Cursor,
  tunnel: TunnelOptions | undefined,
): TunnelOptions | Problem {
  const option = cursor.takeWord();
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
