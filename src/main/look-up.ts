import { lookup } from 'node:dns/promises';

/** Addresses of a host name; none where the name is unknown. */
export async function lookUp(host: string): Promise<readonly string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch {
    // Unknown or unreachable resolver: no address either way.
    return [];
  }
}
