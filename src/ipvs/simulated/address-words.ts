/** `10.0.0.1` is [0x0a000001, 0, 0, 0]; IPv6 fills all four. As `union nf_inet_addr` in host order. */
export type AddressWords = readonly [number, number, number, number];

/** The address must be in the spelling of `canonicalAddress`. */
export function addressWords(address: string): AddressWords {
  if (!address.includes(':')) return [dottedToNumber(address), 0, 0, 0];
  const [before = '', after = ''] = address.split('::');
  const front = halves(before);
  const back = halves(after);
  const all = address.includes('::')
    ? [...front, ...Array<number>(8 - front.length - back.length).fill(0), ...back]
    : front;
  const word = (index: number): number =>
    (all[2 * index] ?? 0) * 0x10000 + (all[2 * index + 1] ?? 0);
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

function halves(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)];
    const value = dottedToNumber(part);
    return [value >>> 16, value & 0xffff];
  });
}
