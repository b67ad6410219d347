import { assertNever } from '../../domain/assert-never.ts';
import type { ForwardingMethod } from '../../domain/ipvs/ipvs.ts';
import type {
  PersistentConnServer,
  PlainServer,
  RateHeading,
  RateServer,
  Rates,
  ServiceHeading,
  Stats,
  StatsHeading,
  StatsServer,
  TableSection,
  ThresholdsServer,
  TunInfoServer,
} from '../listing.ts';
import { formatTunnelInfo } from '../parse/tunnel-info.ts';
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
  local: 'Local',
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

/** `TCP  10.0.1.100:80                      14       51       32     2764     1832`. */
export function statsService(service: StatsHeading, exact: boolean): string {
  return `${listedService(service.address).padEnd(33)}${columns(statsOf(service), exact)}\n`;
}

export function statsServer(server: StatsServer, exact: boolean): string {
  return `  -> ${server.key.padEnd(28)}${columns(statsOf(server), exact)}\n`;
}

export function rateService(service: RateHeading, exact: boolean): string {
  return `${listedService(service.address).padEnd(33)}${columns(ratesOf(service), exact)}\n`;
}

/**
 * Formats a real server of `--rate`; only the bytes of a real server are ever abbreviated
 * (ipvsadm.c, print_service_entry).
 */
export function rateServer(server: RateServer, exact: boolean): string {
  const [cps, inPps, outPps, ...bytes] = ratesOf(server);
  const small = columns([cps, inPps, outPps], true);
  return `  -> ${server.key.padEnd(28)}${small}${columns(bytes, exact)}\n`;
}

const statsOf = (of: Stats): Five => [
  of.connections,
  of.inPackets,
  of.outPackets,
  of.inBytes,
  of.outBytes,
];

const ratesOf = (of: Rates): Five => [
  of.connectionsPerS,
  of.inPacketsPerS,
  of.outPacketsPerS,
  of.inBytesPerS,
  of.outBytesPerS,
];

type Five = readonly [number, number, number, number, number];

const columns = (values: readonly number[], exact: boolean): string =>
  values.map((value) => ` ${largeNumber(value, exact).padStart(8)}`).join('');

const units = [
  { below: 1e9, size: 1e3, letter: 'K' },
  { below: 1e11, size: 1e6, letter: 'M' },
  { below: 1e14, size: 1e9, letter: 'G' },
  { below: Number.POSITIVE_INFINITY, size: 1e12, letter: 'T' },
] as const;

/** 99,999,999 is `99999999`, 217,401,739 is `217401K`, and with `exact` `217401739`. */
function largeNumber(value: number, exact: boolean): string {
  if (exact || value < 1e8) return String(value);
  for (const { below, size, letter } of units) {
    if (value < below) return `${(value - (value % size)) / size}${letter}`;
  }
  return String(value);
}
