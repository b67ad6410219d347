import type { ServiceKey } from '../../domain/address.ts';
import { type Change, isServiceChange, type VirtualService } from '../../domain/ipvs/ipvs.ts';
import type { Listing } from '../run-lines.ts';

/**
 * Remembers the services that are known to have no tunnel server. Their `-Ln -t X` tells everything
 * that an edit has to repeat. Tunnel options are only in `-Sn`, which cannot be restricted to a
 * service, and in `--tun-info`, which ipvsadm before 1.31 refuses; and one call is one process, so
 * a call cannot list first. Therefore a service that is not known to be free of tunnels is read
 * with `-Sn`: always right, on every version, and slow only in tables of thousands of services.
 */
export interface TunnelMemory {
  isFree(service: ServiceKey): boolean;
  /** Takes in changes before they are made: a change may add a tunnel. */
  expect(changes: readonly Change[]): void;
  /** Takes in every table that was read whole. */
  learn(services: readonly VirtualService[]): void;
  /** The services of a listing that turned out to have a tunnel after all; they are unlearned. */
  surprises(listing: Listing): readonly ServiceKey[];
}

export function createTunnelMemory(): TunnelMemory {
  const free = new Set<ServiceKey>();
  return {
    isFree: (service) => free.has(service),
    expect(changes) {
      for (const change of changes) {
        if (!isServiceChange(change) && isTunnel(change.server)) {
          free.delete(change.service);
        }
      }
    },
    learn(services) {
      for (const { key, servers } of services) {
        if (servers.some(isTunnel)) free.delete(key);
        else free.add(key);
      }
    },
    surprises({ sections }) {
      const saved = new Set(
        sections.flatMap((section) =>
          section.kind === 'saved' ? section.services.map(({ key }) => key) : [],
        ),
      );
      const surprising = sections.flatMap((section) =>
        section.kind === 'plain'
          ? section.services
              .filter(({ key, servers }) => !saved.has(key) && servers.some(isTunnel))
              .map(({ key }) => key)
          : [],
      );
      for (const key of surprising) free.delete(key);
      return surprising;
    },
  };
}

const isTunnel = ({ forwarding }: { readonly forwarding: string }): boolean =>
  forwarding === 'tunnel';
