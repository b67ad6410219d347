import { type ServerKey, type ServiceKey, splitServerKey } from '../../domain/address.ts';
import {
  isLocalServer,
  type RealServer,
  type ServerSample,
  type ServiceSample,
  type VirtualService,
} from '../../domain/ipvs/ipvs.ts';
import type { TrafficTotals } from '../../domain/ipvs/measurement.ts';
import type { ConnectionTotals } from '../../rollout/ports.ts';
import type {
  PersistentConnServer,
  SavedServer,
  Section,
  ServiceHeading,
  StatsServer,
  ThresholdsServer,
} from '../listing.ts';

export interface TableReading {
  readonly services: readonly VirtualService[];
  readonly samples: ReadonlyMap<ServiceKey, ServiceSample>;
  /** The rates from a listing with `--rate`; empty without such a listing. */
  readonly connectionsPerSecond: ReadonlyMap<ServiceKey, number>;
}

/**
 * Puts the listings of one process together, since none of them is complete: forwarding, weight and
 * tunnel options from `-Sn` (or `-Ln`, for a service without tunnels), Local forwarding from `-Ln`,
 * the thresholds from `--thresholds`, the counters from `--persistent-conn`.
 *
 * ipvsadm makes the listings one after another. A server that the first has and a later one has not
 * was removed in between, and is left out; one that only a later listing has was just added, and
 * shows in the next reading.
 */
export function readTable(sections: readonly Section[]): TableReading {
  const thresholds = thresholdsOf(sections);
  const services = basesOf(sections).flatMap((base) => {
    const servers = thresholds.get(base.key);
    return servers ? [withThresholds(base, servers)] : [];
  });
  return {
    services,
    samples: samplesOf(sections),
    connectionsPerSecond: connectionRatesOf(sections),
  };
}

type Base = ServiceHeading & { readonly servers: readonly SavedServer[] };

function basesOf(sections: readonly Section[]): readonly Base[] {
  const bases = new Map<ServiceKey, Base>();
  for (const section of sections) {
    if (section.kind !== 'saved' && section.kind !== 'plain') continue;
    for (const service of section.services) {
      const before = section.kind === 'plain' ? bases.get(service.key) : undefined;
      bases.set(service.key, before ? withLocal(before, service.servers) : service);
    }
  }
  return [...bases.values()];
}

/** The saved service with the forwarding method that `-Sn` cannot print. */
function withLocal(saved: Base, listed: readonly SavedServer[]): Base {
  const local = new Set(listed.filter(isLocalServer).map(({ key }) => key));
  if (local.size === 0) return saved;
  const servers = saved.servers.map(
    (server): SavedServer => (local.has(server.key) ? { ...server, forwarding: 'local' } : server),
  );
  return { ...saved, servers };
}

type ThresholdsByServer = ReadonlyMap<ServerKey, ThresholdsServer>;

function thresholdsOf(sections: readonly Section[]): ReadonlyMap<ServiceKey, ThresholdsByServer> {
  const byService = new Map<ServiceKey, ThresholdsByServer>();
  for (const section of sections) {
    if (section.kind !== 'thresholds') continue;
    for (const { key, servers } of section.services) {
      byService.set(key, new Map(servers.map((server) => [server.key, server])));
    }
  }
  return byService;
}

function withThresholds(base: Base, thresholds: ThresholdsByServer): VirtualService {
  const { key, address, scheduler, schedulerFlags, persistence, engine, onePacket } = base;
  const servers = base.servers.flatMap((server) => {
    const found = thresholds.get(server.key);
    return found ? [realServer(server, found)] : [];
  });
  return {
    key,
    address,
    scheduler,
    schedulerFlags,
    ...(persistence && { persistence }),
    ...(engine !== undefined && { engine }),
    onePacket,
    servers,
  };
}

function realServer(
  { key, forwarding, tunnel, weight }: SavedServer,
  { upperThreshold, lowerThreshold }: ThresholdsServer,
): RealServer {
  const place = { key, ...splitServerKey(key) };
  const server = { ...place, forwarding, weight, upperThreshold, lowerThreshold };
  return tunnel === undefined ? server : { ...server, tunnel };
}

/** The counters of each service that was listed with `--persistent-conn`. */
export function samplesOf(sections: readonly Section[]): ReadonlyMap<ServiceKey, ServiceSample> {
  const samples = new Map<ServiceKey, ServiceSample>();
  for (const section of sections) {
    if (section.kind !== 'persistent-conn') continue;
    for (const { key, scheduler, servers } of section.services) {
      samples.set(key, { service: key, scheduler, servers: new Map(servers.map(countsOf)) });
    }
  }
  return samples;
}

/** Connections, packets and bytes since each server was added, of each service that was listed with `--stats`. */
export function totalsOf(sections: readonly Section[]): ConnectionTotals {
  const totals = new Map<ServiceKey, ReadonlyMap<ServerKey, TrafficTotals>>();
  for (const section of sections) {
    if (section.kind !== 'stats') continue;
    for (const { key, servers } of section.services) {
      totals.set(key, new Map(servers.map((server) => [server.key, trafficOf(server)])));
    }
  }
  return totals;
}

const trafficOf = ({
  connections,
  inPackets,
  outPackets,
  inBytes,
  outBytes,
}: StatsServer): TrafficTotals => ({ connections, inPackets, outPackets, inBytes, outBytes });

function countsOf(server: PersistentConnServer): readonly [ServerKey, ServerSample] {
  const { key, weight, activeConn, inActConn, persistConn } = server;
  return [key, { weight, activeConn, inActConn, persistConn }];
}

function connectionRatesOf(sections: readonly Section[]): ReadonlyMap<ServiceKey, number> {
  const rates = new Map<ServiceKey, number>();
  for (const section of sections) {
    if (section.kind !== 'rate') continue;
    for (const service of section.services) rates.set(service.key, service.connectionsPerS);
  }
  return rates;
}
