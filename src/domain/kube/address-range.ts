import { canonicalAddress, ipv6Words } from '../address.ts';

/** `10.0.0.0/16` or `fd00::/8`: the words of its first address and the bits that count. */
export interface AddressRange {
  readonly family: 4 | 6;
  /** Two words for IPv4, eight for IPv6, as `ipv6Words` has them. */
  readonly words: readonly number[];
  readonly bits: number;
}

/** `10.0.0.0/16`, `fd00::/8`, or one address for itself. `undefined` when it is no range. */
export function parseAddressRange(text: string): AddressRange | undefined {
  const [, written = '', bitsText] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = canonicalAddress(written);
  if (address === undefined) return undefined;
  const words = wordsOf(address);
  const most = words.length * 16;
  const bits = bitsText === undefined ? most : Number(bitsText);
  if (bits > most) return undefined;
  return { family: most === 32 ? 4 : 6, words, bits };
}

/** Whether a range holds an address; an address of the other family is in none. */
export function isWithin(range: AddressRange, address: string): boolean {
  const words = wordsOf(address);
  if (words.length !== range.words.length) return false;
  return words.every((word, index) => {
    const counting = Math.min(16, Math.max(0, range.bits - index * 16));
    const mask = (0xffff << (16 - counting)) & 0xffff;
    return (word & mask) === ((range.words[index] ?? 0) & mask);
  });
}

function wordsOf(address: string): readonly number[] {
  if (address.includes(':')) return ipv6Words(address);
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

/** Ranges of addresses at which no other machine is. */
const nowhere: readonly (readonly [range: string, what: string])[] = [
  ['0.0.0.0/8', 'no address of a machine'],
  ['127.0.0.0/8', 'a loopback address'],
  ['169.254.0.0/16', 'a link-local address'],
  ['224.0.0.0/4', 'a multicast address'],
  ['240.0.0.0/4', 'no address of a machine'],
  ['::/128', 'no address of a machine'],
  ['::1/128', 'a loopback address'],
  ['::ffff:0:0/96', 'an IPv4 address in the clothes of an IPv6 one'],
  ['fe80::/10', 'a link-local address'],
  ['ff00::/8', 'a multicast address'],
];

const parsedNowhere = nowhere.flatMap(([text, what]) => {
  const range = parseAddressRange(text);
  return range ? [{ range, what }] : [];
});

/** `127.0.0.2` is `a loopback address`; `undefined` for one at which a machine can be. */
export const whyNoMachine = (address: string): string | undefined =>
  parsedNowhere.find(({ range }) => isWithin(range, address))?.what;
