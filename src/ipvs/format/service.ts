import { formatHostPort, type ServiceAddress } from '../../domain/address.ts';
import type { ServiceHeading } from '../listing.ts';

/** `TCP  10.0.1.100:80`, `SCTP 10.0.1.100:3868`, `FWM  -1 IPv6`. */
export function listedService(service: ServiceAddress): string {
  if (service.kind === 'fwmark') {
    return `FWM  ${signedMark(service.mark)}${service.family === 6 ? ' IPv6' : ''}`;
  }
  const protocol = service.protocol.toUpperCase().padEnd(4);
  return `${protocol} ${formatHostPort(service.address, service.port)}`;
}

/** ipvsadm prints marks with %d: 4294967295 comes out as -1. */
export const signedMark = (mark: number): number => mark | 0;

/** ` sh (sh-fallback,sh-port) persistent 360 mask 255.255.255.0 pe sip ops`, the blank included. */
export function serviceAttributes(service: ServiceHeading): string {
  const { scheduler, schedulerFlags, persistence, engine, onePacket } = service;
  let text = ` ${scheduler}`;
  if (schedulerFlags.length > 0) text += ` (${schedulerFlags.join(',')})`;
  if (persistence) {
    text += ` persistent ${persistence.timeoutS}`;
    if (persistence.netmask !== undefined) text += ` mask ${persistence.netmask}`;
    // Only here: the engine of a service without persistence is in no listing but -Sn.
    if (engine !== undefined) text += ` pe ${engine}`;
  }
  return onePacket ? `${text} ops` : text;
}
