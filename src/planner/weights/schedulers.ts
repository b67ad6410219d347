import type { VirtualService } from '../../domain/ipvs/ipvs.ts';

/**
 * The use that a scheduler makes of weights (ipvsadm(8), net/netfilter/ipvs/ip_vs_*.c): `exact`:
 * new connections follow them; `counts-connections`: they are divided into the connections that a
 * server has already; `keeps-destinations`: all connections for one address go to one server until
 * that has weight 0 or too many; `approximate`: they count beside hashing or chance; `ignored`: only
 * zero and non-zero differ, or all goes to one server; `refuses-at-zero`: hashing without fallback,
 * where a server at weight 0 means refused clients.
 */
export type WeightUse =
  | 'exact'
  | 'counts-connections'
  | 'keeps-destinations'
  | 'approximate'
  | 'ignored'
  | 'refuses-at-zero'
  | 'unknown';

type SchedulerOf = Pick<VirtualService, 'scheduler' | 'schedulerFlags'>;

export function weightUse(service: SchedulerOf): WeightUse {
  switch (service.scheduler) {
    case 'wrr':
      return 'exact';
    case 'wlc':
    case 'sed':
    case 'nq':
      return 'counts-connections';
    case 'lblc':
    case 'lblcr':
      return 'keeps-destinations';
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

/**
 * The places of a scheduler's table, which weights are counted in: sh gives each server as many as it
 * has weight, one server after the other, until all 256 are given (CONFIG_IP_VS_SH_TAB_BITS 8). Of
 * weights 300 and 100 in that order, the second server gets none.
 */
export const placesOf = ({ scheduler }: Pick<VirtualService, 'scheduler'>): number | undefined =>
  scheduler === 'sh' ? 256 : undefined;

/** `sh-fallback` and `mh-fallback` are both `flag-1` to the kernel, and so ipvsadm may print them. */
function hasFallback({ schedulerFlags }: SchedulerOf, flag: string): boolean {
  return schedulerFlags.includes(flag) || schedulerFlags.includes('flag-1');
}
