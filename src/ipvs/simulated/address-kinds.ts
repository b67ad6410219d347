import { addressWords } from './address-words.ts';

/**
 * Whether the kernel takes the address as a real server's: no multicast, no broadcast, nothing
 * unspecified. The subnet broadcasts of a real machine's interfaces are unknown here.
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
