import {
  ipv6Words,
  parseServiceKey,
  type ServerKey,
  type ServiceKey,
  splitServerKey,
} from '../../domain/address.ts';
import type { ServerSample, ServiceSample } from '../../domain/ipvs/ipvs.ts';

/** Finds the counts of some services in a text of /proc/net/ip_vs; `undefined` where it does not fit. */
export type CountReader = (text: string) => readonly ServiceSample[] | undefined;

/**
 * Creates a reader of known services that reads only their counts anew: the servers of these
 * services, their weights and the scheduler must be as ipvsadm last said. The file leaves out
 * templates of persistence and the family of a firewall mark, so a service with one of those never
 * fits; and the kernel prints the file in pieces, between which the table may change.
 *
 * Source: net/netfilter/ipvs/ip_vs_ctl.c, `ip_vs_info_seq_show`.
 */
export function countReaderOf(known: readonly ServiceSample[]): CountReader | undefined {
  const expected = new Map<string, Expected>();
  for (const sample of known) {
    const heading = headingOf(sample.service);
    if (heading === undefined || hasTemplates(sample)) return undefined;
    expected.set(heading, expectedOf(sample));
  }
  return (text) => {
    const found = readCounts(text, expected);
    return found && known.flatMap(({ service }) => found.get(service) ?? []);
  };
}

interface Expected {
  readonly service: ServiceKey;
  readonly scheduler: string;
  /** The servers by address and port as the file spells them. */
  readonly servers: ReadonlyMap<string, { readonly key: ServerKey; readonly weight: number }>;
}

const hasTemplates = ({ servers }: ServiceSample): boolean =>
  [...servers.values()].some(({ persistConn }) => persistConn > 0);

const expectedOf = ({ service, scheduler, servers }: ServiceSample): Expected => ({
  service,
  scheduler,
  servers: new Map(
    [...servers].map(([key, { weight }]) => {
      const { address, port } = splitServerKey(key);
      return [inHex(address, port), { key, weight }];
    }),
  ),
});

/** `tcp/10.0.1.100:80` is `TCP 0A000164:0050`. */
function headingOf(key: ServiceKey): string | undefined {
  const address = parseServiceKey(key);
  return address?.kind === 'address'
    ? `${address.protocol.toUpperCase()} ${inHex(address.address, address.port)}`
    : undefined;
}

/** `0A000164:0050`, `[fd00:0001:0000:0000:0000:0000:0000:0100]:0050`. */
function inHex(address: string, port: number): string {
  const host = address.includes(':')
    ? `[${ipv6Words(address).map(word).join(':')}]`
    : address.split('.').map(octet).join('');
  return `${host}:${word(port).toUpperCase()}`;
}

const word = (value: number): string => value.toString(16).padStart(4, '0');
const octet = (text: string): string => Number(text).toString(16).padStart(2, '0').toUpperCase();

const arrow = '  -> ';

/** Reads counts word by word: splitting a thousand rows at every poll would leave much garbage. */
function readCounts(
  text: string,
  expected: ReadonlyMap<string, Expected>,
): ReadonlyMap<ServiceKey, ServiceSample> | undefined {
  if (!text.startsWith('IP Virtual Server version ')) return undefined;
  const found = new Map<ServiceKey, ServiceSample>();
  let service: Expected | undefined;
  let servers = new Map<ServerKey, ServerSample>();
  for (let start = 0, end = 0; start < text.length; start = end + 1) {
    end = text.indexOf('\n', start);
    if (end < 0) return undefined;
    if (!text.startsWith(arrow, start)) {
      const [protocol, place, scheduler, ...flags] = text.slice(start, end).split(/ +/);
      service = expected.get(`${protocol} ${place}`);
      if (!service) continue;
      if (scheduler !== service.scheduler || flags.includes('persistent')) return undefined;
      if (found.has(service.service)) return undefined;
      servers = new Map();
      found.set(service.service, { service: service.service, scheduler, servers });
    } else if (service) {
      const placeEnd = text.indexOf(' ', start + arrow.length);
      const server = service.servers.get(text.slice(start + arrow.length, placeEnd));
      if (!server || servers.has(server.key)) return undefined;
      const { key, weight } = server;
      const counts = countsIn(text, placeEnd, end);
      if (counts?.weight !== weight) return undefined;
      servers.set(key, counts);
    }
  }
  const isWhole = [...expected.values()].every(
    (one) => found.get(one.service)?.servers.size === one.servers.size,
  );
  return isWhole ? found : undefined;
}

/** `      Masq    90     7          5         `. */
function countsIn(text: string, start: number, end: number): ServerSample | undefined {
  numbers.lastIndex = start;
  const [, weight, activeConn, inActConn] = numbers.exec(text) ?? [];
  if (inActConn === undefined || numbers.lastIndex !== end) return undefined;
  return {
    weight: Number(weight),
    activeConn: Number(activeConn),
    inActConn: Number(inActConn),
    persistConn: 0,
  };
}

const numbers = / +[A-Za-z]+ +(\d+) +(\d+) +(\d+) */y;
