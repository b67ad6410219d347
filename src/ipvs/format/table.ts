import { assertNever } from '../../domain/assert-never.ts';
import type { ForwardingMethod } from '../../domain/ipvs.ts';
import type {
  PersistentConnServer,
  PlainServer,
  ServiceHeading,
  TableSection,
  ThresholdsServer,
  TunInfoServer,
} from '../listing.ts';
import { formatTunnelInfo } from '../parse/tunnel-info.ts';
import { rateServer, rateService, statsServer, statsService } from './counters.ts';
import { listedService, serviceAttributes } from './service.ts';

/** Column widths and trailing blanks as ipvsadm.c has them (print_title, print_service_entry). */
export function formatTable(section: TableSection, exact: boolean): string {
  const { version } = section;
  const versionLine = version
    ? `IP Virtual Server version ${version.ipvs} (size=${version.connectionTableSize})\n`
    : '';
  return `${versionLine}${titles[section.kind]}\n${formatServices(section, exact)}`;
}

const localAddress = 'Prot LocalAddress:Port';
const counterTitle = (...names: readonly string[]): string =>
  `${localAddress.padEnd(33)}${names.map((name) => ` ${name.padStart(8)}`).join('')}\n  -> RemoteAddress:Port`;

const titles: Readonly<Record<TableSection['kind'], string>> = {
  plain: `${localAddress} Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn`,
  'tun-info': `${localAddress} Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn`,
  thresholds: `${localAddress.padEnd(33)} Uthreshold Lthreshold ActiveConn InActConn 
  -> RemoteAddress:Port`,
  'persistent-conn': `${localAddress.padEnd(33)} Weight    PersistConn ActiveConn InActConn 
  -> RemoteAddress:Port`,
  stats: counterTitle('Conns', 'InPkts', 'OutPkts', 'InBytes', 'OutBytes'),
  rate: counterTitle('CPS', 'InPPS', 'OutPPS', 'InBPS', 'OutBPS'),
};

function formatServices(section: TableSection, exact: boolean): string {
  switch (section.kind) {
    case 'plain':
      return lines(section.services, heading, plainServer);
    case 'tun-info':
      return lines(section.services, heading, tunInfoServer);
    case 'thresholds':
      return lines(section.services, heading, thresholdsServer);
    case 'persistent-conn':
      return lines(section.services, heading, persistentConnServer);
    case 'stats':
      return lines(
        section.services,
        (service) => statsService(service, exact),
        (server) => statsServer(server, exact),
      );
    case 'rate':
      return lines(
        section.services,
        (service) => rateService(service, exact),
        (server) => rateServer(server, exact),
      );
    default:
      return assertNever(section);
  }
}

function lines<Heading, Server>(
  services: readonly (Heading & { readonly servers: readonly Server[] })[],
  formatHeading: (heading: Heading) => string,
  formatServer: (server: Server) => string,
): string {
  let text = '';
  for (const service of services) {
    text += formatHeading(service);
    for (const server of service.servers) text += formatServer(server);
  }
  return text;
}

const heading = (service: ServiceHeading): string =>
  `${listedService(service.address)}${serviceAttributes(service)}\n`;

const forwardingNames: Readonly<Record<ForwardingMethod, string>> = {
  masq: 'Masq',
  route: 'Route',
  tunnel: 'Tunnel',
};

const remote = (key: string): string => `  -> ${key.padEnd(28)}`;
const pad = (value: number, width: number): string => String(value).padEnd(width);
const live = (server: { readonly activeConn: number; readonly inActConn: number }): string =>
  `${pad(server.activeConn, 10)} ${pad(server.inActConn, 10)}\n`;

function plainServer(server: PlainServer): string {
  const forwarding = forwardingNames[server.forwarding].padEnd(7);
  return `${remote(server.key)} ${forwarding} ${pad(server.weight, 6)} ${live(server)}`;
}

function tunInfoServer(server: TunInfoServer): string {
  const forwarding = forwardingNames[server.forwarding].padEnd(7);
  const tunnel = formatTunnelInfo(server.tunnel).padEnd(13);
  return `${remote(server.key)} ${forwarding} ${tunnel} ${pad(server.weight, 6)} ${live(server)}`;
}

function thresholdsServer(server: ThresholdsServer): string {
  const { key, upperThreshold, lowerThreshold } = server;
  return `${remote(key)} ${pad(upperThreshold, 10)} ${pad(lowerThreshold, 10)} ${live(server)}`;
}

function persistentConnServer(server: PersistentConnServer): string {
  const { key, weight, persistConn } = server;
  return `${remote(key)} ${pad(weight, 9)} ${pad(persistConn, 11)} ${live(server)}`;
}
