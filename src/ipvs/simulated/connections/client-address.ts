import { canonicalAddress } from '../../../domain/address.ts';
import { numberToDotted } from '../table/addresses.ts';

/** A client is a number: its IPv4 address, or the last 32 bits of one in 2001:db8:c::/96. */
export type ClientNumber = number;

/** 192.0.2.1, the first of the addresses set aside for documentation. */
export const firstClient: ClientNumber = 0xc0000201;

/** 0x0a000102 is `10.0.1.2`, and for an IPv6 service `2001:db8:c::a00:102`. */
export function formatClient(client: ClientNumber, family: 4 | 6): string {
  return family === 4 ? numberToDotted(client) : formatV6(client, 128);
}

/** The network that a persistence mask makes of a client: an IPv4 mask, or an IPv6 prefix length. */
export function maskClient(client: ClientNumber, family: 4 | 6, netmask: number): string {
  if (family === 4) return numberToDotted((client & netmask) >>> 0);
  return formatV6(client, netmask);
}

function formatV6(client: ClientNumber, prefixLength: number): string {
  const words = [0x2001, 0xdb8, 0xc, 0, 0, 0, client >>> 16, client & 0xffff];
  const masked = words.map((word, index) => {
    const bits = Math.min(16, Math.max(0, prefixLength - 16 * index));
    return word & ((0xffff << (16 - bits)) & 0xffff);
  });
  const text = masked.map((word) => word.toString(16)).join(':');
  return canonicalAddress(text) ?? text;
}
