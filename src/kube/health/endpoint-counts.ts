import type { ServiceKey } from '../../domain/address.ts';
import type { KubeNoticeBody } from '../../domain/events/kube-event.ts';
import { printable } from '../../domain/printable.ts';
import type { WantedService } from '../wanted/wanted.ts';

/** An answer may come before or after the EndpointSlice that says the same: so many in a row are no chance. */
const believedAfter = 3;

export interface EndpointCounts {
  /** Takes note of what a kube-proxy counts; absent: its answer counts nothing. */
  heard(of: WantedService, address: string, endpoints: number | undefined): void;
  /** Forgets the services that are no more. */
  keep(services: ReadonlySet<ServiceKey>): void;
}

/**
 * Compares the endpoints that the kube-proxy of a node counts with those of the EndpointSlices, by which
 * weights go. Where the two differ for good the node's view is old, or the slices are: that is said, once
 * a service until they agree.
 */
export function createEndpointCounts(tell: (notice: KubeNoticeBody) => void): EndpointCounts {
  const differing = new Map<ServiceKey, Map<string, number>>();
  const said = new Set<ServiceKey>();
  return {
    heard(of, address, endpoints) {
      const { service } = of;
      const server = of.servers.find((one) => one.address === address);
      const isAlike = endpoints === undefined || server?.endpoints === undefined;
      const times = differing.get(service) ?? new Map<string, number>();
      if (isAlike || server.endpoints === endpoints) {
        times.delete(address);
        if (times.size === 0) differing.delete(service);
        if (times.size === 0) said.delete(service);
        return;
      }
      const count = (times.get(address) ?? 0) + 1;
      differing.set(service, times.set(address, count));
      if (count < believedAfter || said.has(service)) return;
      said.add(service);
      tell({
        ...{ type: 'problem', severity: 'Warning', reason: 'EndpointsDiffer' },
        about: `Service ${of.of.namespace}/${of.of.name}`,
        message: `${service}: kube-proxy on ${printable(server.node ?? address)} counts ${endpoints} ready endpoints, the EndpointSlices ${server.endpoints}, by which the weights go: look whether kube-proxy there is up to date`,
      });
    },
    keep(services) {
      for (const service of differing.keys()) if (!services.has(service)) differing.delete(service);
      for (const service of said) if (!services.has(service)) said.delete(service);
    },
  };
}
