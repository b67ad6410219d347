import type { ServiceAddress } from '../../../domain/address.ts';
import { addressWords } from '../table/addresses.ts';
import type { KernelServer } from '../table/kernel-server.ts';
import type { KernelService } from '../table/kernel-service.ts';

const protocolNumbers = { tcp: 6, udp: 17, sctp: 132 } as const;

/** The difference of two unsigned numbers in C: a signed one, which may change its sign. */
const difference = (a: number, b: number): number => (a - b) | 0;

/**
 * The order of a listing: mark, family, protocol, address, port (`ipvs_cmp_services` of libipvs).
 * With its overflows: mark 4294967295 comes before the services without a mark.
 */
export function sortServices(services: readonly KernelService[]): KernelService[] {
  return mergeSort(services, ({ address: a }, { address: b }) => {
    const byName =
      difference(markOf(a), markOf(b)) ||
      difference(familyOf(a), familyOf(b)) ||
      difference(protocolOf(a), protocolOf(b));
    if (byName !== 0 || a.kind === 'fwmark' || b.kind === 'fwmark') return byName;
    return compareAddresses(a.address, b.address) || a.port - b.port;
  });
}

export function sortServers(servers: readonly KernelServer[]): KernelServer[] {
  return mergeSort(servers, (a, b) => compareAddresses(a.address, b.address) || a.port - b.port);
}

/**
 * The order of `--nosort`: the kernel's hash table by address, then the one by mark, in a bucket
 * the newest first. The real hash is mixed with an address in memory, so that the order differs
 * between machines and boots; this one has the order of `samples/list.Ln.nosort.txt`.
 */
export function kernelOrder(oldestFirst: readonly KernelService[]): readonly KernelService[] {
  const isMark = ({ address }: KernelService): number => (address.kind === 'fwmark' ? 1 : 0);
  return [...oldestFirst]
    .reverse()
    .sort((a, b) => isMark(a) - isMark(b) || bucketOf(a.address) - bucketOf(b.address));
}

/** `ipvs >> 8` in `ip_vs_svc_hashkey`. */
const hashMix = 48;

function bucketOf(service: ServiceAddress): number {
  if (service.kind === 'fwmark') return (service.mark ^ hashMix) & 255;
  const address = addressWords(service.address).reduce((folded, word) => folded ^ word, 0);
  const { port } = service;
  return (protocolNumbers[service.protocol] ^ address ^ hashMix ^ (port >> 8) ^ port) & 255;
}

const markOf = (address: ServiceAddress): number => (address.kind === 'fwmark' ? address.mark : 0);

const familyOf = (address: ServiceAddress): number => {
  const isV6 = address.kind === 'fwmark' ? address.family === 6 : address.address.includes(':');
  return isV6 ? 10 : 2;
};

const protocolOf = (address: ServiceAddress): number =>
  address.kind === 'fwmark' ? protocolNumbers.tcp : protocolNumbers[address.protocol];

/** Compares addresses by the family of the first only, as libipvs does. */
function compareAddresses(a: string, b: string): number {
  const wordsA = addressWords(a);
  const wordsB = addressWords(b);
  const length = a.includes(':') ? 4 : 1;
  for (let index = 0; index < length; index++) {
    const order = difference(wordsA[index] ?? 0, wordsB[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/**
 * glibc's qsort(3). The comparisons above are not transitive (10.0.0.1 < 127.0.0.1 < [fd00::1] <
 * 10.0.0.1), so the result depends on the way of sorting.
 */
function mergeSort<T>(items: readonly T[], compare: (a: T, b: T) => number): T[] {
  if (items.length <= 1) return [...items];
  const middle = items.length >> 1;
  const left = mergeSort(items.slice(0, middle), compare);
  const right = mergeSort(items.slice(middle), compare);
  const merged: T[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length && r < right.length) {
    const takeLeft = compare(left[l] as T, right[r] as T) <= 0;
    merged.push((takeLeft ? left[l++] : right[r++]) as T);
  }
  return [...merged, ...left.slice(l), ...right.slice(r)];
}
