import {
  formatHostPort,
  type Protocol,
  parseServiceKey,
  type ServiceAddress,
  type ServiceKey,
} from '../domain/address.ts';
import { assertNever } from '../domain/assert-never.ts';
import type { Change, ForwardingMethod, RealServer, TunnelOptions } from '../domain/ipvs/ipvs.ts';
import type { ServiceHeading } from './listing.ts';

/**
 * Formats an edit as a line for `ipvsadm -R`. The line repeats everything that the edit would
 * reset: `-e -t 10.0.0.100:80 -r 10.0.0.1:8080 -m -w 40 -x 100 -y 50`; a removal is only `-d -t
 * 10.0.0.100:80 -r 10.0.0.1:8080`, because `-d` refuses a forwarding method.
 */
export function restoreLine(change: Change): string {
  switch (change.kind) {
    case 'set-weight':
      return `-e ${selectService(addressOf(change.service))} ${serverWords(change.server)}`;
    case 'add-server':
      return `-a ${selectService(addressOf(change.service))} ${serverWords(change.server)}`;
    case 'remove-server':
      return `-d ${selectService(addressOf(change.service))} -r ${change.server.key}`;
    case 'add-service':
      return `-A ${selectService(change.service.address)} ${serviceOptions(change.service)}`;
    case 'remove-service':
      return `-D ${selectService(change.service.address)}`;
    case 'set-scheduler':
      return `-E ${selectService(change.service.address)} ${serviceOptions(change.service)}`;
    default:
      return assertNever(change);
  }
}

/** `-t 10.0.0.100:80`, `--sctp-service [2001:db8::1]:80`, `-f 4294967295 -6`. */
export function selectService(service: ServiceAddress): string {
  if (service.kind === 'fwmark') return `-f ${service.mark}${service.family === 6 ? ' -6' : ''}`;
  return `${protocolOptions[service.protocol]} ${formatHostPort(service.address, service.port)}`;
}

const protocolOptions: Readonly<Record<Protocol, string>> = {
  tcp: '-t',
  udp: '-u',
  sctp: '--sctp-service',
};

/** `-s sh -p 360 -M 255.255.255.0 --pe sip -o -b sh-fallback,sh-port`, in the order of `ipvsadm -Sn`. */
export function serviceOptions(service: Omit<ServiceHeading, 'key' | 'address'>): string {
  const { scheduler, persistence, engine, onePacket, schedulerFlags } = service;
  const words = ['-s', scheduler];
  if (persistence) words.push('-p', String(persistence.timeoutS));
  if (persistence?.netmask !== undefined) words.push('-M', persistence.netmask);
  if (engine !== undefined) words.push('--pe', engine);
  if (onePacket) words.push('-o');
  if (schedulerFlags.length > 0) words.push('-b', schedulerFlags.join(','));
  return words.join(' ');
}

export const forwardingOptions: Readonly<Record<ForwardingMethod, string>> = {
  masq: '-m',
  route: '-g',
  tunnel: '-i',
  // There is no option for it, and `-Sn` prints this one (measured).
  local: '-g',
};

/** ` --tun-type gue --tun-port 6080 --tun-nocsum`, with the blank before it; `''` without options. */
export function tunnelWords(tunnel: TunnelOptions | undefined): string {
  if (tunnel === undefined) return '';
  const port = tunnel.port === undefined ? '' : ` --tun-port ${tunnel.port}`;
  const checksum = tunnel.checksum === undefined ? '' : ` --tun-${tunnel.checksum}`;
  return ` --tun-type ${tunnel.type}${port}${checksum}`;
}

/** The words of a real server; a threshold of 0 is none, and the default of an edit. */
function serverWords(server: RealServer): string {
  const { key, forwarding, weight, upperThreshold, lowerThreshold, tunnel } = server;
  const upper = upperThreshold > 0 ? ` -x ${upperThreshold}` : '';
  const lower = lowerThreshold > 0 ? ` -y ${lowerThreshold}` : '';
  const edited = `-r ${key} ${forwardingOptions[forwarding]} -w ${weight}`;
  return `${edited}${upper}${lower}${tunnelWords(tunnel)}`;
}

/** The columns of real servers in a listing of one service; `plain` is forwarding and weight. */
export type View = 'plain' | 'thresholds' | 'persistent-conn' | 'stats --exact';

/** `listLines(['tcp/10.0.0.100:80'], ['plain'])` is `['-Ln -t 10.0.0.100:80']`. */
export function listLines(services: readonly ServiceKey[], views: readonly View[]): string[] {
  return services.flatMap((key) => {
    const selected = `-Ln ${selectService(addressOf(key))}`;
    return views.map((view) => (view === 'plain' ? selected : `${selected} --${view}`));
  });
}

function addressOf(key: ServiceKey): ServiceAddress {
  const address = parseServiceKey(key);
  if (address === undefined) throw new Error(`no service key: ${key}`);
  return address;
}
