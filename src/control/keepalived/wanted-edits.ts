import {
  formatHostPort,
  type ServerKey,
  type ServerName,
  type ServiceKey,
  serverKey,
  splitServerKey,
} from '../../domain/address.ts';
import { fail, ok, type Result } from '../../domain/failure.ts';
import { printable } from '../../domain/printable.ts';
import type { ConfEdit } from '../../files/keepalived/edit.ts';
import { type ConfFile, findServer } from '../../files/keepalived/find.ts';
import { confServices } from '../../files/keepalived/services.ts';

/** What somebody wants of a server in keepalived's configuration: a weight, or that it is not there. */
export interface WantedServer {
  readonly name: ServerName;
  readonly weight: number | 'none';
}

export interface WantedConf {
  readonly servers: readonly WantedServer[];
  /** Only these services; absent: all that hold the server, or that which a new one is like. */
  readonly services?: readonly ServiceKey[] | undefined;
  /** The server that a new one is written like. */
  readonly like?: ServerName | undefined;
}

interface Written {
  readonly path: string;
  readonly service: ServiceKey;
  readonly servers: readonly ServerKey[];
}

/** The edits that bring about what is wanted, by the file that they are of. */
export function wantedEdits(
  files: readonly ConfFile[],
  { servers, services, like }: WantedConf,
): Result<readonly (readonly ConfEdit[])[]> {
  const written = files.flatMap(({ path, conf }) =>
    confServices(conf).flatMap(({ key, servers: own }): readonly Written[] =>
      key && (!services || services.includes(key))
        ? [{ path, service: key, servers: own.flatMap((one) => one.key ?? []) }]
        : [],
    ),
  );
  const missing = services?.find((service) => !written.some((one) => one.service === service));
  // Says why a service cannot be found, with its place.
  if (missing) return refusalFor(files, missing);
  const byFile = new Map<string, ConfEdit[]>();
  for (const { name, weight } of servers) {
    const holding = written.filter((one) => one.servers.some((key) => isNamed(key, name)));
    const into = holding.length > 0 || weight === 'none' ? holding : holdingLike(written, like);
    if (into.length === 0) return fail(nowhere(name, { weight, like }));
    for (const { path, service, servers: own } of into) {
      const edits = byFile.get(path) ?? [];
      byFile.set(path, edits);
      const named = own.filter((key) => isNamed(key, name));
      if (weight === 'none')
        edits.push(
          ...named.map((server): ConfEdit => ({ kind: 'remove-server', service, server })),
        );
      else if (named.length > 0)
        edits.push(
          ...named.map((server): ConfEdit => ({ kind: 'set-weight', service, server, weight })),
        );
      else {
        const model = own.find((key) => like && isNamed(key, like));
        if (!model) continue;
        const server = serverKey(name.address, name.port ?? splitServerKey(model).port);
        edits.push({ kind: 'insert-server', service, server, weight, like: model });
      }
    }
  }
  // New servers first: a service is at no time without one.
  const order = { 'insert-server': 0, 'set-weight': 1, 'track-file': 1, 'remove-server': 2 };
  return ok(
    [...byFile.values()].map((edits) => edits.toSorted((a, b) => order[a.kind] - order[b.kind])),
  );
}

const isNamed = (key: ServerKey, { address, port }: ServerName): boolean => {
  const own = splitServerKey(key);
  return own.address === address && (port === undefined || own.port === port);
};

const holdingLike = (
  written: readonly Written[],
  like: ServerName | undefined,
): readonly Written[] =>
  like ? written.filter(({ servers }) => servers.some((key) => isNamed(key, like))) : [];

function refusalFor(files: readonly ConfFile[], service: ServiceKey): Result<never> {
  const found = findServer(files, { service, server: serverKey('0.0.0.0', 0) });
  if (!found.ok) return found;
  return fail({ kind: 'usage', what: `no virtual_server of the configuration is ${service}` });
}

function nowhere(
  name: ServerName,
  { weight, like }: { readonly weight: number | 'none'; readonly like: ServerName | undefined },
) {
  const text = textOf(name);
  if (like)
    return {
      kind: 'usage',
      what: `keepalived's configuration has no real_server ${textOf(like)}, which ${text} is to be like`,
      next: 'name one that is written there, with its port',
    } as const;
  return {
    kind: 'usage',
    what: `keepalived's configuration has no real_server ${text} that is written out`,
    next:
      weight === 'none'
        ? 'name one that is there: drain list has them'
        : 'to put a new one in, say which one its block is like: --like SERVER',
  } as const;
}

const textOf = ({ address, port }: ServerName): string =>
  printable(port === undefined ? address : formatHostPort(address, port));
