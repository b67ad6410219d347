import { parseServerName, type ServerName } from '../../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Snapshot } from '../../domain/ipvs/ipvs.ts';
import { didYouMean } from '../../domain/nearest.ts';
import {
  type ContainerAddress,
  type Containers,
  isContainerName,
  parseContainerName,
} from '../../domain/places/container.ts';
import { shownName } from '../../domain/places/named-servers.ts';
import { printable } from '../../domain/printable.ts';

/** `names` and `groups` of the config file. */
export interface KnownNames {
  readonly names: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Where a config file was looked for, and is none. */
  readonly looked?: readonly string[] | undefined;
}

/** Addresses of a host name; empty when there is none. */
export type LookUp = (host: string) => Promise<readonly string[]>;

/** The places beside the config file where a name is looked up. */
export interface NameSources {
  readonly lookUp: LookUp;
  readonly containers?: Pick<Containers, 'addresses'> | undefined;
}

/**
 * Resolves what an operator wrote to addresses: an address itself, a group or a name of the config
 * file, or a host name or `docker://NAME`, which may carry a port. A host with several addresses means
 * those in the table, and so does a container.
 */
export async function resolveServers(
  text: string,
  known: KnownNames,
  sources: NameSources,
  snapshot: Pick<Snapshot, 'services'>,
): Promise<Result<readonly ServerName[]>> {
  // Whatever a config file says: an address is an address.
  const literal = parseServerName(text);
  if (literal) return ok([literal]);
  const group = known.groups.get(text) ?? [text];
  const found: ServerName[] = [];
  // Meant may be what the config file knows, and for a name with a port nothing else.
  const suggestion = didYouMean(text, [...known.groups.keys(), ...known.names.keys()]);
  for (const member of group) {
    const address = parseServerName(member);
    const resolved = address
      ? ok(address)
      : await resolveHost(known.names.get(member) ?? member, {
          sources,
          snapshot,
          suggestion,
          looked: known.looked,
        });
    if (!resolved.ok) return resolved;
    const called = address ? undefined : calledBy(member);
    found.push({ ...resolved.value, ...(called === undefined ? {} : { called }) });
  }
  return ok(found);
}

/** The word by which somebody called a server: `web-1` of `docker://web-1:8080`. */
function calledBy(text: string): string {
  const named = isContainerName(text) ? parseContainerName(text) : undefined;
  return shownName(named?.ok ? named.value.container : text.replace(/:\d+$/, ''));
}

interface HostLookUp {
  readonly sources: NameSources;
  readonly snapshot: Pick<Snapshot, 'services'>;
  /** The name that may be meant by one that nobody knows. */
  readonly suggestion: string;
  readonly looked: KnownNames['looked'];
}

async function resolveHost(
  text: string,
  { sources, snapshot, suggestion, looked }: HostLookUp,
): Promise<Result<ServerName>> {
  const named = parseServerName(text);
  if (named) return ok(named);
  if (isContainerName(text)) return resolveContainer(text, sources, snapshot);
  const [, host = '', port] =
    /^([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const portNumber = port === undefined ? undefined : Number(port);
  // A label of digits only is a mistyped address, and resolvers turn it into a strange one.
  if (host === '' || /^[\d.]+$/.test(host) || (portNumber !== undefined && portNumber > 65_535)) {
    return fail(noServer(text, suggestion));
  }
  const addresses = [...new Set(await sources.lookUp(host))].flatMap((address) => {
    const parsed = parseServerName(address);
    return parsed ? [parsed.address] : [];
  });
  if (addresses.length === 0) return fail(unknownHost(host, suggestion, looked));
  const inTable = addresses.filter(isListed(snapshot));
  const [only, ...others] = inTable.length > 0 ? inTable : addresses;
  if (only === undefined || others.length > 0) return fail(severalAddresses(host, addresses));
  return ok({ address: only, ...(portNumber === undefined ? {} : { port: portNumber }) });
}

const isListed = ({ services }: HostLookUp['snapshot']): ((address: string) => boolean) => {
  const listed = new Set(services.flatMap(({ servers }) => servers.map(({ address }) => address)));
  return (address) => listed.has(address);
};

/** A container's address: the one in the table, else its only one; of both families that of IPv4. */
async function resolveContainer(
  text: string,
  { containers }: NameSources,
  snapshot: HostLookUp['snapshot'],
): Promise<Result<ServerName>> {
  const named = parseContainerName(text);
  if (!named.ok) return named;
  const { container, port } = named.value;
  const found = await containers?.addresses(container);
  if (!found) return fail(noServer(text, ''));
  if (!found.ok) return found;
  const all = found.value;
  const inTable = all.filter(({ address }) => isListed(snapshot)(address));
  const ofFour = all.filter(({ address }) => !address.includes(':'));
  const meant = inTable.length > 0 ? inTable : ofFour.length > 0 ? ofFour : all;
  const [only, ...others] = meant;
  if (only === undefined || others.length > 0) return fail(severalNetworks(container, meant));
  return ok({ address: only.address, ...(port === undefined ? {} : { port }) });
}

const severalNetworks = (container: string, all: readonly ContainerAddress[]): Failure => ({
  kind: 'usage',
  what: `container ${container} has several addresses: ${all.map(({ network, address }) => `${address} in ${printable(network, 60)}`).join(', ')}`,
  next: `give the one that the director reaches, such as ${all[0]?.address ?? ''}`,
});

const noServer = (text: string, suggestion: string): Failure => ({
  kind: 'usage',
  what: `"${printable(text)}" is no real server${suggestion}`,
  next: 'write an address such as 10.0.0.1, 10.0.0.1:8080 or [2001:db8::1]:80, a host name, docker://NAME, or a group of the config file',
});

const unknownHost = (host: string, suggestion: string, looked: KnownNames['looked']): Failure => ({
  kind: 'usage',
  what: `"${host}" is no group or name of the config file, and no host of that name is known${suggestion}`,
  next: `check the spelling, or give the address${
    looked
      ? `; there is no config file: neither ${looked.join(' nor ')}, and --config names none`
      : ''
  }`,
});

const severalAddresses = (host: string, addresses: readonly string[]): Failure => ({
  kind: 'usage',
  what: `${host} has several addresses: ${addresses.join(', ')}`,
  next: 'give the one that you mean',
});
