import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { GuardEventBody } from '../domain/events/guard-event.ts';
import type { Failure } from '../domain/failure.ts';
import type { VirtualService } from '../domain/ipvs/ipvs.ts';
import { type GuardWorld, marksOf } from './guard-view.ts';

export const missingService = (service: ServiceKey): Failure => ({
  kind: 'usage',
  what: `there is no virtual service ${service} in the table`,
  next: 'it is guarded as soon as there is one',
});

/**
 * Warns of servers at 0 of a service that is not in the new file: only the guard brings them back.
 */
export function leftOut(
  world: GuardWorld | undefined,
  service: ServiceKey,
): readonly GuardEventBody[] {
  const left = world ? marksOf(world, service, 'health') : new Map<ServerKey, number>();
  if (left.size === 0) return [];
  const servers = [...left].map(([server, weight]) => `${server} (was ${weight})`).join(', ');
  const message = `no longer guarded, and nobody brings back what was taken out: ${servers}`;
  return [{ type: 'warning', code: 'left-out', service, message }];
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
