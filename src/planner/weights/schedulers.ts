import type { VirtualService } from '../../domain/ipvs/ipvs.ts';

/**
 * The use that a scheduler makes of weights (ipvsadm(8), net/netfilter/ipvs/ip_vs_*.c): `exact`:
 * new connections follow them; `approximate`: they count beside the connections a server already
 * has, or hashing; `ignored`: only zero and non-zero differ, or all goes to one server;
 * `refuses-at-zero`: hashing without fallback, where a server at weight 0 means refused clients.
 */
export type WeightUse = 'exact' | 'approximate' | 'ignored' | 'refuses-at-zero' | 'unknown';

export function weightUse(service: VirtualService): WeightUse {
  switch (service.scheduler) {
    case 'wrr':
      return 'exact';
    case 'wlc':
    case 'sed':
    case 'nq':
    case 'lblc':
    case 'lblcr':
    case 'twos':
      return 'approximate';
    case 'rr':
    case 'lc':
    case 'fo':
    case 'ovf':
      return 'ignored';
    case 'sh':
      return hasFallback(service, 'sh-fallback') ? 'approximate' : 'refuses-at-zero';
    case 'mh':
      return hasFallback(service, 'mh-fallback') ? 'approximate' : 'refuses-at-zero';
    case 'dh':
      return 'refuses-at-zero';
    default:
      return 'unknown';
  }
}

/** `sh-fallback` and `mh-fallback` are both `flag-1` to the kernel, and so ipvsadm may print them. */
function hasFallback(service: VirtualService, flag: string): boolean {
  return service.schedulerFlags.includes(flag) || service.schedulerFlags.includes('flag-1');
}
