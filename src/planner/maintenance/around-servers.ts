import {
  formatServerName,
  type ServerKey,
  type ServerName,
  type ServiceKey,
} from '../../domain/address.ts';
import { type AroundServer, serverText, wordsFor } from '../../domain/around/server-command.ts';
import type { CommandWords } from '../../domain/command-words.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Snapshot } from '../../domain/ipvs/ipvs.ts';
import { shortList } from '../../domain/printable.ts';
import { serversNamed } from '../select-services.ts';

/** The servers that a command is run for, in the order they were named, each once. */
export function aroundServers(
  names: readonly ServerName[],
  command: CommandWords,
  { services }: Pick<Snapshot, 'services'>,
  asked: readonly ServiceKey[] | undefined,
): Result<readonly AroundServer[]> {
  const unique = [...new Map(names.map((name) => [formatServerName(name), name])).values()];
  const twice = unique.find(
    (name) =>
      name.port !== undefined &&
      unique.some(({ address, port }) => address === name.address && port === undefined),
  );
  if (twice) return fail(namedTwice(twice));
  const servers: AroundServer[] = [];
  for (const name of unique) {
    const held = services
      .filter(({ key }) => asked?.includes(key) ?? true)
      .flatMap((service) => serversNamed(service, name));
    const ports = [...new Set(held.map((server) => server.port))];
    const [only] = ports.length === 1 ? ports : [];
    const port = name.port ?? only;
    const server = { name, address: name.address, ...(port === undefined ? {} : { port }) };
    // One that is not in the table at all is refused by taking it out, with better words.
    if (ports.length > 1 && !wordsFor(command, server)) return fail(severalPorts(server, ports));
    servers.push(server);
  }
  return ok(servers);
}

/** The servers of these names that have weight, in each service that is meant. */
export const withWeight = (
  all: Snapshot['services'],
  {
    named,
    services,
  }: {
    readonly named: readonly ServerName[];
    readonly services?: readonly ServiceKey[] | undefined;
  },
): readonly { readonly service: ServiceKey; readonly server: ServerKey }[] =>
  all
    .filter(({ key }) => services?.includes(key) ?? true)
    .flatMap((service) =>
      named
        .flatMap((name) => serversNamed(service, name))
        .filter(({ weight }) => weight > 0)
        .map(({ key }) => ({ service: service.key, server: key })),
    );

const namedTwice = (name: ServerName): Failure => ({
  kind: 'usage',
  what: `${formatServerName(name)} is named twice: ${name.address} without a port means it as well`,
  next: 'name the address, for one command for all its ports, or each port, for one command each',
});

const severalPorts = (server: AroundServer, ports: readonly number[]): Failure => ({
  kind: 'usage',
  what: `COMMAND says {port}, and ${serverText(server)} has several in the table: ${shortList(ports)}`,
  next: `name the server with one (${formatServerName({ ...server.name, port: ports[0] ?? 80 })}), or use {address}`,
});
