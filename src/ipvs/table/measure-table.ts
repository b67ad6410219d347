import { type ServiceKey, splitServerKey } from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import type {
  ServerMeasurement,
  ServiceMeasurement,
  TableMeasurement,
} from '../../domain/ipvs/measurement.ts';
import type { RateServer, Section, StatsServer, TableSection } from '../listing.ts';

/**
 * The lines of one process that list all counts of the table. `-Sn` is not among them: a watcher
 * needs no tunnel options, and `-Ln` says the rest. Without --exact large numbers would be rounded.
 */
export const measureLines: readonly string[] = [
  '-Ln',
  '-Ln --thresholds',
  '-Ln --persistent-conn',
  '-Ln --stats --exact',
  '-Ln --rate --exact',
];

type Kind = TableSection['kind'];
type SectionOf<K extends Kind> = Extract<TableSection, { readonly kind: K }>;
type ServiceIn<K extends Kind> = SectionOf<K>['services'][number];

/**
 * Puts the listings together. ipvsadm makes them one after another: a service or server that is
 * missing in one of them came or went in between, and is left out. Fails with the listing that was
 * not printed.
 */
export function measurementOf(
  sections: readonly Section[],
): Result<TableMeasurement, Section['kind']> {
  const plain = sectionOf(sections, 'plain');
  if (!plain?.version) return fail('plain');
  const thresholds = sectionOf(sections, 'thresholds');
  if (!thresholds) return fail('thresholds');
  const counts = sectionOf(sections, 'persistent-conn');
  if (!counts) return fail('persistent-conn');
  const stats = sectionOf(sections, 'stats');
  if (!stats) return fail('stats');
  const rates = sectionOf(sections, 'rate');
  if (!rates) return fail('rate');

  const others = {
    thresholds: byKey(thresholds.services),
    counts: byKey(counts.services),
    stats: byKey(stats.services),
    rates: byKey(rates.services),
  };
  return ok({
    ipvsVersion: plain.version.ipvs,
    connectionTableSize: plain.version.connectionTableSize,
    services: plain.services.flatMap((service) => serviceOf(service, others) ?? []),
  });
}

/** The section of a kind; only for listings of the whole table: `-t X` gives several. */
function sectionOf<K extends Kind>(
  sections: readonly Section[],
  kind: K,
): SectionOf<K> | undefined {
  return sections.find((section): section is SectionOf<K> => section.kind === kind);
}

interface Others {
  readonly thresholds: ReadonlyMap<ServiceKey, ServiceIn<'thresholds'>>;
  readonly counts: ReadonlyMap<ServiceKey, ServiceIn<'persistent-conn'>>;
  readonly stats: ReadonlyMap<ServiceKey, ServiceIn<'stats'>>;
  readonly rates: ReadonlyMap<ServiceKey, ServiceIn<'rate'>>;
}

function serviceOf(plain: ServiceIn<'plain'>, others: Others): ServiceMeasurement | undefined {
  const { key, address, scheduler, schedulerFlags, persistence, onePacket } = plain;
  const stats = others.stats.get(key);
  const rates = others.rates.get(key);
  if (!stats || !rates) return undefined;
  return {
    key,
    address,
    scheduler,
    schedulerFlags,
    ...(persistence && { persistence }),
    onePacket,
    totals: totalsOf(stats),
    rates: ratesOf(rates),
    servers: serversOf(plain, others),
  };
}

function serversOf(plain: ServiceIn<'plain'>, others: Others): readonly ServerMeasurement[] {
  const thresholds = byKey(others.thresholds.get(plain.key)?.servers ?? []);
  const counts = byKey(others.counts.get(plain.key)?.servers ?? []);
  const stats = byKey(others.stats.get(plain.key)?.servers ?? []);
  const rates = byKey(others.rates.get(plain.key)?.servers ?? []);
  return plain.servers.flatMap(({ key, forwarding }) => {
    const threshold = thresholds.get(key);
    const count = counts.get(key);
    const stat = stats.get(key);
    const rate = rates.get(key);
    if (!threshold || !count || !stat || !rate) return [];
    const { weight, activeConn, inActConn, persistConn } = count;
    const { upperThreshold, lowerThreshold } = threshold;
    return {
      ...{ key, ...splitServerKey(key), forwarding, weight, activeConn, inActConn, persistConn },
      ...{ upperThreshold, lowerThreshold, totals: totalsOf(stat), rates: ratesOf(rate) },
    };
  });
}

const byKey = <T extends { readonly key: string }>(items: readonly T[]): ReadonlyMap<T['key'], T> =>
  new Map(items.map((item) => [item.key, item]));

type Totals = Omit<StatsServer, 'key'>;
type Rates = Omit<RateServer, 'key'>;

const totalsOf = ({ connections, inPackets, outPackets, inBytes, outBytes }: Totals): Totals => ({
  connections,
  inPackets,
  outPackets,
  inBytes,
  outBytes,
});

const ratesOf = (rates: Rates): Rates => ({
  connectionsPerS: rates.connectionsPerS,
  inPacketsPerS: rates.inPacketsPerS,
  outPacketsPerS: rates.outPacketsPerS,
  inBytesPerS: rates.inBytesPerS,
  outBytesPerS: rates.outBytesPerS,
});
