import type { ServerKey, ServiceKey } from '../domain/address.ts';
import type { FallbackClaim } from '../domain/health/fallback.ts';
import { findService, type Snapshot } from '../domain/ipvs/ipvs.ts';
import { findOpenConnections } from '../rollout/observe/open-connections.ts';
import type { Director } from '../rollout/ports.ts';

/** Connections that fallback servers have and that a removal would cut off, by service and server. */
export type OpenOnFallback = ReadonlyMap<ServiceKey, ReadonlyMap<ServerKey, number>>;

/**
 * Counts what is open on the fallback servers of these claims. The counters call what has ended inactive for two
 * minutes: where nothing but that keeps a server that leaves, the connection table is read.
 */
export async function openOnFallback(
  director: Pick<Director, 'connections'>,
  snapshot: Pick<Snapshot, 'services' | 'samples'>,
  claims: readonly FallbackClaim[],
): Promise<OpenOnFallback> {
  const counted = new Map(claims.map((claim) => [claim.service, countersOf(snapshot, claim)]));
  const unsure = claims.filter(({ service, leavingMs }) => {
    const counts = [...(counted.get(service)?.values() ?? [])];
    return leavingMs !== undefined && counts.some((one) => one.active === 0 && one.inactive > 0);
  });
  const table = unsure.length > 0 ? await director.connections() : undefined;
  return new Map(
    claims.map(({ service, servers }) => {
      const live = findService(snapshot, service);
      const counts = counted.get(service) ?? new Map<ServerKey, Counters>();
      const open = table?.ok && live ? findOpenConnections(table.value, live, servers) : undefined;
      const all = [...counts].map(([server, { active, inactive }]): [ServerKey, number] => [
        server,
        open?.get(server)?.count ?? active + inactive,
      ]);
      return [service, new Map(all)] as const;
    }),
  );
}

interface Counters {
  readonly active: number;
  readonly inactive: number;
}

/** Templates of a persistent service do not count: the kernel forgets them with their server. */
const countersOf = (
  { samples }: Pick<Snapshot, 'samples'>,
  { service, servers }: FallbackClaim,
): ReadonlyMap<ServerKey, Counters> =>
  new Map(
    servers.flatMap((server) => {
      const found = samples.get(service)?.servers.get(server);
      return found
        ? [[server, { active: found.activeConn, inactive: found.inActConn }] as const]
        : [];
    }),
  );
