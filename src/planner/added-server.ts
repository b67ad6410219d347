import { formatServerName, type ServerName, serverKey } from '../domain/address.ts';
import type { Diagnostic } from '../domain/failure.ts';
import type { RealServer, VirtualService } from '../domain/ipvs/ipvs.ts';
import { shortList } from '../domain/printable.ts';

/** A server that a service does not hold yet, and whom it takes after. */
export interface Newcomer {
  readonly name: ServerName;
  /** The server whose forwarding method, thresholds and, where `name` has none, port it takes. */
  readonly model: RealServer;
  /** Servers that the newcomer may belong to, by their ports; several make a name without a port ambiguous. */
  readonly alike: readonly RealServer[];
  /** The words before the server's name where it was asked for: `--to `, or none. */
  readonly option: string;
  /** `replace` the model, or stand `beside` it. */
  readonly place: 'replace' | 'beside';
}

/** The server as it is added, with weight 0; refused where the kernel would not have it so. */
export function addedServer(
  service: VirtualService,
  { name, model, alike, option, place }: Newcomer,
): RealServer | Diagnostic {
  const at = { severity: 'error', service: service.key } as const;
  const ports = [...new Set(alike.map((server) => server.port))];
  if (name.port === undefined && ports.length > 1) {
    return {
      ...at,
      code: 'ambiguous-port',
      message: `${option}${formatServerName(name)} has no port, and ${place === 'replace' ? 'the old servers use' : 'the servers of the service have'} ${shortList(ports)}`,
      next: `give the port, for example ${option}${serverKey(name.address, model.port)}`,
    };
  }
  const port = name.port ?? model.port;
  const servicePort = service.address.kind === 'address' ? service.address.port : 0;
  if (model.forwarding !== 'masq' && service.address.kind === 'address' && port !== servicePort) {
    return {
      ...at,
      code: 'port-needs-masquerading',
      message: `${serverKey(name.address, port)} cannot be added: with ${model.forwarding} forwarding, which it takes from ${model.key}, the kernel forces the port to the service's, ${servicePort}`,
      next: `use ${option}${serverKey(name.address, servicePort)}`,
    };
  }
  if (name.address.includes(':') !== model.address.includes(':') && model.forwarding !== 'tunnel') {
    return {
      ...at,
      code: 'address-family',
      message: `${serverKey(name.address, port)} cannot ${place === 'replace' ? 'replace' : 'stand beside'} ${model.key}: the kernel mixes IPv4 and IPv6 only for tunnelled servers`,
      next: 'name a server of the same address family',
    };
  }
  return {
    ...model,
    key: serverKey(name.address, port),
    address: name.address,
    port,
    weight: 0,
  };
}
