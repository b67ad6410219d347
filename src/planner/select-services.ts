import { formatServerName, type ServerKey, type ServerName, serverKey } from '../domain/address.ts';
import type { Diagnostic } from '../domain/failure.ts';
import type { RealServer, Snapshot, VirtualService } from '../domain/ipvs/ipvs.ts';
import { didYouMean } from '../domain/nearest.ts';
import { shortList } from '../domain/printable.ts';
import type { DrainRequest } from '../domain/rollout/plan.ts';
import { addedServer } from './added-server.ts';
import { examineForwarding } from './diagnose/service/examine-forwarding.ts';

/** A service of the rollout with the names of the request turned into its servers. */
export interface Selection {
  readonly service: VirtualService;
  readonly old: readonly RealServer[];
  /**
   * New servers with their present weight; one that is not in the table yet is as it will be added.
   */
  readonly new: readonly (RealServer & { readonly added: boolean })[];
  readonly bystanders: readonly RealServer[];
}

export interface Selected {
  readonly selections: readonly Selection[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Selects the services that hold all old servers, with the old, new and bystander servers of each.
 */
export function selectServices(
  request: Pick<DrainRequest, 'from' | 'to' | 'services'>,
  snapshot: Pick<Snapshot, 'services'>,
): Selected {
  const diagnostics: Diagnostic[] = [];
  const selections: Selection[] = [];
  for (const service of askedServices(request, snapshot, diagnostics)) {
    const found = request.from.map((name) => serversNamed(service, name));
    const held = found.filter((servers) => servers.length > 0).length;
    if (held < request.from.length) {
      if (request.services) diagnostics.push(notHeld(request.from, service));
      else if (held > 0) diagnostics.push(partlyHeld(request.from, service));
      continue;
    }
    const selection = selectServers(request, service, unique(found.flat()));
    if ('code' in selection) diagnostics.push(selection);
    else selections.push(selection);
  }
  if (selections.length === 0 && !diagnostics.some((d) => d.severity === 'error')) {
    diagnostics.push(nowhere(request.from, snapshot));
  }
  return { selections, diagnostics };
}

/** All services, or those of `--service`. */
export function askedServices(
  request: Pick<DrainRequest, 'services'>,
  snapshot: Pick<Snapshot, 'services'>,
  diagnostics: Diagnostic[],
): readonly VirtualService[] {
  if (!request.services) return snapshot.services;
  const byKey = new Map(snapshot.services.map((service) => [service.key, service]));
  return [...new Set(request.services)].flatMap((key) => {
    const service = byKey.get(key);
    if (service) return [service];
    diagnostics.push({
      severity: 'error',
      code: 'unknown-service',
      service: key,
      message: `there is no virtual service ${key} in the table${didYouMean(key, byKey.keys())}`,
      next: `it holds ${shortList(snapshot.services.map((s) => s.key))}`,
    });
    return [];
  });
}

export const serversNamed = (service: VirtualService, name: ServerName): readonly RealServer[] =>
  service.servers.filter(
    (server) =>
      server.address === name.address && (name.port === undefined || name.port === server.port),
  );

function selectServers(
  request: Pick<DrainRequest, 'to'>,
  service: VirtualService,
  old: readonly RealServer[],
): Selection | Diagnostic {
  const oldKeys = new Set(old.map((server) => server.key));
  const [localOld] = examineForwarding(service, old);
  if (localOld) return localOld;
  const filled = new Map<ServerKey, RealServer & { readonly added: boolean }>();
  for (const { name } of request.to) {
    const server = newServer(service, name, old);
    if ('code' in server) return server;
    if (oldKeys.has(server.key)) {
      return error(service, 'same-server', {
        message: `${server.key} is both in --from and in --to`,
        next: 'name different servers',
      });
    }
    if (filled.has(server.key)) {
      return error(service, 'same-server', {
        message: `${server.key} is named twice in --to`,
        next: 'name it once, with SERVER=SHARE for its capacity',
      });
    }
    filled.set(server.key, server);
  }
  const [localNew] = examineForwarding(service, [...filled.values()]);
  if (localNew) return localNew;
  return {
    service,
    old,
    new: [...filled.values()],
    bystanders: service.servers.filter(
      (server) => !oldKeys.has(server.key) && !filled.has(server.key),
    ),
  };
}

/** The server that `name` means in this service: one it holds, or one to add in the image of the first old one. */
function newServer(
  service: VirtualService,
  name: ServerName,
  old: readonly RealServer[],
): (RealServer & { readonly added: boolean }) | Diagnostic {
  const held = serversNamed(service, name);
  const oldPorts = [...new Set(old.map((server) => server.port))];
  const [only] = held.length === 1 ? held : held.filter((server) => oldPorts.includes(server.port));
  if (only) return { ...only, added: false };
  const model = old[0];
  if (!model) throw new Error('a selection without old servers');
  if (name.port === undefined && held.length > 1) {
    return error(service, 'ambiguous-port', {
      message: `--to ${formatServerName(name)} has no port, and ${shortList(held.map((s) => s.key))}`,
      next: `give the port, for example --to ${serverKey(name.address, model.port)}`,
    });
  }
  const added = addedServer(service, {
    ...{ name, model, alike: old, option: '--to ', place: 'replace' },
  });
  return 'code' in added ? added : { ...added, added: true };
}

function unique(servers: readonly RealServer[]): readonly RealServer[] {
  return [...new Map(servers.map((server) => [server.key, server])).values()];
}

function error(
  service: VirtualService,
  code: string,
  text: { readonly message: string; readonly next: string },
): Diagnostic {
  return { severity: 'error', code, service: service.key, ...text };
}

function notHeld(from: readonly ServerName[], service: VirtualService): Diagnostic {
  const missing = from.filter((name) => serversNamed(service, name).length === 0);
  return error(service, 'old-not-in-service', {
    message: `${shortList(missing.map(formatServerName))} is not a real server of ${service.key}`,
    next: `it holds ${shortList(service.servers.map((server) => server.key))}`,
  });
}

function partlyHeld(from: readonly ServerName[], service: VirtualService): Diagnostic {
  const missing = from.filter((name) => serversNamed(service, name).length === 0);
  return {
    severity: 'warning',
    code: 'partly-held',
    service: service.key,
    message: `left alone: it does not hold ${shortList(missing.map(formatServerName))}`,
    next: 'drain its servers in a rollout of its own if they should go there too',
  };
}

function nowhere(from: readonly ServerName[], snapshot: Pick<Snapshot, 'services'>): Diagnostic {
  const names = shortList(from.map(formatServerName));
  const servers = new Set(snapshot.services.flatMap((s) => s.servers.map((server) => server.key)));
  return {
    severity: 'error',
    code: 'old-not-found',
    message:
      from.length === 1
        ? `${names} is a real server of no virtual service${didYouMean(names, servers)}`
        : `no virtual service holds all of ${names}`,
    next:
      servers.size === 0
        ? 'the table has no real server at all: is this the right director?'
        : `the table holds ${shortList([...servers])}`,
  };
}
