import { assertNever } from '../../../domain/assert-never.ts';
import type { Persistence, TunnelOptions } from '../../../domain/ipvs/ipvs.ts';
import type {
  ListedServer,
  PlainServer,
  SavedSection,
  SavedServer,
  ServiceHeading,
  ServiceName,
  TableSection,
} from '../../listing.ts';
import { numberToDotted } from '../table/addresses.ts';
import type { KernelServer } from '../table/kernel-server.ts';
import type { KernelService } from '../table/kernel-service.ts';
import { kernelOrder, sortServers, sortServices } from './listing-order.ts';
import { flagNames } from './scheduler-flags.ts';

/** The services of a listing, and their order. */
export interface Listed {
  readonly services: readonly KernelService[];
  /** False for `--nosort`, which leaves everything as the kernel keeps it. */
  readonly sorted: boolean;
}

/** `ipvsadm -Sn`. */
export function savedSection(listed: Listed): SavedSection {
  return { kind: 'saved', services: rows(listed, heading, savedServer) };
}

/** `ipvsadm -Ln`, without its version line. */
export function tableSection(kind: TableSection['kind'], listed: Listed): TableSection {
  switch (kind) {
    case 'plain':
      return { kind, services: rows(listed, heading, plainServer) };
    case 'tun-info':
      return {
        kind,
        services: rows(listed, heading, (server) => ({
          ...plainServer(server),
          ...tunnel(server),
        })),
      };
    case 'thresholds':
      return { kind, services: rows(listed, heading, thresholdsServer) };
    case 'persistent-conn':
      return { kind, services: rows(listed, heading, persistentConnServer) };
    case 'stats':
      return {
        kind,
        services: rows(
          listed,
          (service) => ({ ...serviceName(service), ...service.traffic.stats() }),
          (server) => ({ ...listedServer(server), ...server.traffic.stats() }),
        ),
      };
    case 'rate':
      return {
        kind,
        services: rows(
          listed,
          (service) => ({ ...serviceName(service), ...service.traffic.rates() }),
          (server) => ({ ...listedServer(server), ...server.traffic.rates() }),
        ),
      };
    default:
      return assertNever(kind);
  }
}

function rows<Heading, Server>(
  { services, sorted }: Listed,
  toHeading: (service: KernelService) => Heading,
  toServer: (server: KernelServer) => Server,
): readonly (Heading & { readonly servers: readonly Server[] })[] {
  const ordered = kernelOrder(services);
  return (sorted ? sortServices(ordered) : ordered).map((service) => {
    const servers = sorted ? sortServers(service.servers) : service.servers;
    return { ...toHeading(service), servers: servers.map(toServer) };
  });
}

const serviceName = ({ key, address }: KernelService): ServiceName => ({ key, address });

function heading(service: KernelService): ServiceHeading {
  const { scheduler, schedulerFlags, engine, onePacket } = service.settings;
  return {
    ...serviceName(service),
    scheduler,
    schedulerFlags: flagNames(scheduler, schedulerFlags),
    ...persistence(service),
    ...(engine !== '' && { engine }),
    onePacket,
  };
}

function persistence({ address, settings }: KernelService): { readonly persistence?: Persistence } {
  const { persistent, persistenceTimeoutS: timeoutS, netmask } = settings;
  if (!persistent) return {};
  const isV6 = address.kind === 'fwmark' ? address.family === 6 : address.address.includes(':');
  if (netmask === (isV6 ? 128 : 0xffffffff)) return { persistence: { timeoutS } };
  const printed = isV6 ? String(netmask) : numberToDotted(netmask);
  return { persistence: { timeoutS, netmask: printed } };
}

const listedServer = ({ key }: KernelServer): ListedServer => ({ key });

function savedServer(server: KernelServer): SavedServer {
  const { forwarding, weight } = server.settings;
  return { ...listedServer(server), forwarding, weight, ...tunnel(server) };
}

function plainServer(server: KernelServer): PlainServer {
  const { forwarding, weight } = server.settings;
  return { ...listedServer(server), forwarding, weight, ...live(server) };
}

function thresholdsServer(server: KernelServer) {
  const { upperThreshold, lowerThreshold } = server.settings;
  return { ...listedServer(server), upperThreshold, lowerThreshold, ...live(server) };
}

function persistentConnServer(server: KernelServer) {
  const { persistConn, weight } = server;
  return { ...listedServer(server), weight, persistConn, ...live(server) };
}

function tunnel({ settings }: KernelServer): { readonly tunnel?: TunnelOptions } {
  if (settings.forwarding !== 'tunnel') return {};
  return { tunnel: settings.tunnel ?? { type: 'ipip' } };
}

const live = ({ activeConn, inActConn }: KernelServer) => ({ activeConn, inActConn });
