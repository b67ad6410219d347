import type { ServiceAddress } from '../../../domain/address.ts';
import { fail, ok, type Result } from '../../../domain/failure.ts';
import { modelledSchedulers } from '../schedulers/registry.ts';
import type { KernelService } from '../table/kernel-service.ts';
import type { KernelTable, PacketTarget } from '../table/kernel-table.ts';
import type { Ending } from '../traffic/flow.ts';
import type { TrafficSpec } from '../traffic/traffic-source.ts';
import type { TrafficEntry } from './scenario-schema.ts';

/** A description of what is wrong with an entry of `traffic:`, and the field. */
export interface TrafficProblem {
  readonly field: 'service' | 'to';
  readonly what: string;
  readonly next: string;
}

/** The traffic of an entry of `traffic:` for this table. */
export function trafficSpec(
  table: KernelTable,
  entry: TrafficEntry,
): Result<TrafficSpec, TrafficProblem> {
  const { service, to, longLived } = entry;
  const found = table.find(service.address);
  if (!found) return fail(unknownService(table, service.key));
  if (!found.isModelled || found.settings.engine !== '') return fail(notModelled(found));
  const target = targetOf(service.address, to?.address ?? service.address);
  if (!target || table.lookup(target) !== found) {
    return fail(wrongTarget(to ? 'to' : 'service', service.key));
  }
  return ok({
    service: service.key,
    target,
    perSecond: entry.perSecond,
    arrivals: entry.arrivals,
    lifeMs: entry.life,
    ...(longLived && { longLived: { share: longLived.share, lifeMs: longLived.life } }),
    endings: Object.entries(entry.endings).map(([ending, share]) => ({
      ending: ending as Ending,
      share: share ?? 0,
    })),
    clients: entry.clients,
    portsPerClient: entry.portsPerClient,
    packetEveryMs: entry.packetEvery,
  });
}

/**
 * The target of an entry, where there is one: a mark does not tell the address of its packets, nor
 * port 0 the port; SCTP is not modelled.
 */
function targetOf(service: ServiceAddress, to: ServiceAddress): PacketTarget | undefined {
  if (to.kind === 'fwmark' || to.port === 0 || to.protocol === 'sctp') return undefined;
  const { protocol, address, port } = to;
  return { protocol, address, port, ...(service.kind === 'fwmark' && { mark: service.mark }) };
}

const unknownService = (table: KernelTable, key: string): TrafficProblem => ({
  field: 'service',
  what: `the table has no service ${key}`,
  next: `It has ${table.services.map((service) => service.key).join(', ') || 'none'}.`,
});

const notModelled = ({ key, settings }: KernelService): TrafficProblem => ({
  field: 'service',
  what: `the simulation cannot say where ${settings.scheduler} sends the clients of ${key}`,
  next: `It can for ${modelledSchedulers.join(', ')}, without a persistence engine.`,
});

const wrongTarget = (field: 'service' | 'to', key: string): TrafficProblem => ({
  field,
  what: `no TCP or UDP packets can be sent to ${key} ${field === 'to' ? 'this way' : 'as it is'}`,
  next: 'A mark, or a service at port 0, needs a `to` such as tcp/10.0.0.100:80 that reaches it.',
});
