import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { GuardEventBody } from '../domain/events/guard-event.ts';
import type { Failure } from '../domain/failure.ts';
import { fallbacksOf } from '../domain/health/fallback.ts';
import type { GuardedService } from '../domain/health/guard.ts';
import { findServer, type VirtualService } from '../domain/ipvs/ipvs.ts';
import { keyOf } from './decide/fallback.ts';
import { type GuardWorld, marksOf } from './guard-view.ts';

export const missingService = (service: ServiceKey): Failure => ({
  kind: 'usage',
  what: `there is no virtual service ${service} in the table`,
  next: 'it is guarded as soon as there is one',
});

/** A fallback server that is one of the service's own already: it serves as those do, and stands in for none. */
export function ownFallback(guarded: GuardedService, live: VirtualService): Failure | undefined {
  const keys = (guarded.fallback ?? []).map((one) => keyOf(one, { live }));
  const own = keys.find((key) => findServer(live, key));
  return own === undefined
    ? undefined
    : {
        kind: 'usage',
        what: `fallback ${own} is a server of ${guarded.service} already, and stands in for no other`,
        next: 'name another one, or take it out of the service',
      };
}

/**
 * Warns of servers at 0 of a service that is not in the new file: only the guard brings them back.
 */
export function leftOut(
  world: GuardWorld | undefined,
  service: ServiceKey,
): readonly GuardEventBody[] {
  const left = world ? marksOf(world, service, 'health') : new Map<ServerKey, number>();
  const standsIn = [...fallbacksOf(world?.fallbacks ?? [], service)];
  const stays = standsIn.map((server): GuardEventBody => {
    const message = `no longer guarded, and nobody removes its fallback ${server}`;
    return { type: 'warning', code: 'left-out', service, message };
  });
  if (left.size === 0) return stays;
  const servers = [...left].map(([server, weight]) => `${server} (was ${weight})`).join(', ');
  const message = `no longer guarded, and nobody brings back what was taken out: ${servers}`;
  return [{ type: 'warning', code: 'left-out', service, message }, ...stays];
}

/**
 * Warns of clients that weight 0 does not move: those of a persistent service come back to a dead server
 * while their template lives, and a UDP flow ends only with its entry.
 */
export function clientsThatStay(
  services: readonly VirtualService[],
  sysctls: ReadonlyMap<string, number>,
): readonly GuardEventBody[] {
  return services.flatMap((service): GuardEventBody[] => {
    const warn = (code: string, message: string): GuardEventBody[] => [
      { type: 'warning', code, service: service.key, message },
    ];
    const { persistence, address } = service;
    if (persistence && sysctls.get('expire_quiescent_template') !== 1) {
      return warn(
        'clients-stay-persistent',
        `clients of the last ${persistence.timeoutS} s stay with a server that dies, for it is persistent; with net.ipv4.vs.expire_quiescent_template=1 they move at their next connection`,
      );
    }
    if (address.kind !== 'address' || address.protocol !== 'udp') return [];
    return warn(
      'clients-stay-udp',
      'clients that go on sending stay with a server that dies, for weight 0 moves only new flows; with net.ipv4.vs.expire_nodest_conn=1 they move when it is removed from the table',
    );
  });
}
