import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { GuardEventBody } from '../domain/events/guard-event.ts';
import type { Failure } from '../domain/failure.ts';
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
