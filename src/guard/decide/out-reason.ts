import type { ServiceKey } from '../../domain/address.ts';
import type { OutReason } from '../../domain/events/guard-event.ts';
import type { RealServer } from '../../domain/ipvs/ipvs.ts';
import { serversOut } from '../../domain/rollout/cluster-claim.ts';
import { type GuardWorld, marksOf } from '../guard-view.ts';
import { type Folder, isNamed } from './maintenance.ts';

type Seen = Pick<GuardWorld, 'marks' | 'account' | 'clusters'>;

/**
 * The reason why nobody expects a server to serve; `undefined` where it should. A server that the guard
 * has at 0 should serve, and a 0 that nobody accounts for is a person's (or a rollout's).
 */
export function outReason(
  world: Seen,
  folder: Folder,
  { service, server }: { readonly service: ServiceKey; readonly server: RealServer },
): OutReason | undefined {
  if (marksOf(world, service, 'operator').has(server.key)) return 'operator';
  const byCluster = serversOut(world.clusters);
  if (byCluster.some((one) => one.service === service && one.server === server.key))
    return 'cluster';
  if (isNamed(folder, server)) return 'maintenance';
  const isMarked = marksOf(world, service, 'health').has(server.key);
  return server.weight === 0 && !isMarked ? 'weight-0' : undefined;
}
