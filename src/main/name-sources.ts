import type { Containers } from '../domain/places/container.ts';

/** Addresses of a host name by the resolver of this machine. */
export async function lookUp(host: string): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises');
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    // Unknown or unreachable resolver: no address either way.
    return [];
  }
}

/** The containers of Docker's engine on this machine, asked only where a name wants it. */
export function containersOf(dockerHost: string | undefined): Containers {
  const opened = async () => (await import('../docker/containers.ts')).createContainers(dockerHost);
  return {
    addresses: async (container) => (await opened()).addresses(container),
    nameAt: async (address) => (await opened()).nameAt(address),
  };
}
