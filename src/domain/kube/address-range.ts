/** `10.0.0.0/16` or `fd00::/8`: the words of its first address and the bits that count. */
export interface AddressRange {
  readonly family: 4 | 6;
  /** Two words for IPv4, eight for IPv6, as `ipv6Words` has them. */
  readonly words: readonly number[];
  readonly bits: number;
}
