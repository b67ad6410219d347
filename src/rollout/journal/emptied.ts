import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { RolloutState } from '../state/rollout-state.ts';

export interface ServiceOfDirector {
  readonly director: string;
  readonly service: ServiceKey;
}

/**
 * Services whose other servers lost their weight since, so that this way would take the last. Whoever
 * had a service emptied when there was no other weight either has insisted on that.
 */
export function emptiedIn(
  { plan }: RolloutState,
  {
    director,
    snapshot,
  }: { readonly director: string; readonly snapshot: Pick<Snapshot, 'samples'> },
  direction: 'forward' | 'back',
): readonly ServiceOfDirector[] {
  const services = plan.directors.find((one) => one.director === director)?.services ?? [];
  return services.flatMap((one) => {
    const { service, baseline, servers, oldServers, newServers, finalWeights } = one;
    const isMoved = (server: ServerKey): boolean =>
      oldServers.includes(server) || newServers.includes(server);
    const live = [...(snapshot.samples.get(service)?.servers ?? [])].filter(
      ([, { weight }]) => weight > 0,
    );
    const before = baseline.servers.filter(({ weight }) => weight > 0);
    const isLeft =
      live.some(([server]) => !isMoved(server)) ||
      (direction === 'back'
        ? before.some(({ key }) => isMoved(key))
        : newServers.some((server) => (finalWeights[servers.indexOf(server)] ?? 0) > 0) ||
          before.every(({ key }) => isMoved(key)));
    return live.length > 0 && !isLeft ? [{ director, service }] : [];
  });
}
