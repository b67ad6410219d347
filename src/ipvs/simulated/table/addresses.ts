import { ipv6Words } from '../../../domain/address.ts';

/** `10.0.0.1` is [0x0a000001, 0, 0, 0]; IPv6 fills all four. As `union nf_inet_addr` in host order. */
export type AddressWords = readonly [number, number, number, number];

/** The address must be in the spelling of `canonicalAddress`. */
export function addressWords(address: string): AddressWords {
  if (!address.includes(':')) return [dottedToNumber(address), 0, 0, 0];
  const halves = ipv6Words(address);
  const word = (index: number): number =>
    (halves[2 * index] ?? 0) * 0x10000 + (halves[2 * index + 1] ?? 0);
  return [word(0), word(1), word(2), word(3)];
}

/** `10.0.0.1` is 0x0a000001. */
export function dottedToNumber(address: string): number {
  return address.split('.').reduce((value, byte) => value * 256 + Number(byte), 0);
}

/** 0xffffff00 is `255.255.255.0`. */
export function numberToDotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}

/**
 * Tells whether the kernel takes the address as a real server's: no multicast, no broadcast,
 * nothing unspecified. The subnet broadcasts of a real machine's interfaces are unknown here.
 */
export function isUnicast(address: string): boolean {
  const [first, second, third, fourth] = addressWords(address);
  if (!address.includes(':')) {
    const isMulticast = first >>> 28 === 14;
    return first !== 0 && first !== 0xffffffff && !isMulticast;
  }
  const isMulticast = first >>> 24 === 0xff;
  const isLinkLocal = first >>> 22 === 0xfe80 >>> 6;
  const isUnspecified = first === 0 && second === 0 && third === 0 && fourth === 0;
  const isMapped = first === 0 && second === 0 && third === 0xffff;
  return !isMulticast && !isLinkLocal && !isUnspecified && !isMapped;
}
