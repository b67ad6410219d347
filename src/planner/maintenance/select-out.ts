import { formatServerName } from '../../domain/address.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import { type Snapshot, totalWeight } from '../../domain/ipvs/ipvs.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { shortList } from '../../domain/printable.ts';
import { askedServices, serversNamed } from '../select-services.ts';
import type { MaintenanceRequest } from './maintenance-request.ts';
import type { MovingSelection } from './own-ramp.ts';
import { type Remembered, weightBefore } from './remembered.ts';

export interface SelectedOut {
  readonly selections: readonly MovingSelection[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Selects in each service the servers of the request that it holds. */
export function selectOut(
  request: MaintenanceRequest,
  snapshot: Pick<Snapshot, 'services'>,
  remembered: readonly Remembered[],
): SelectedOut {
  const diagnostics: Diagnostic[] = [];
  const services = askedServices(request, snapshot, diagnostics);
  const selections = services.flatMap((service): readonly MovingSelection[] => {
    const old = service.servers.filter((server) =>
      request.servers.some((name) => serversNamed(service, name).includes(server)),
    );
    if (old.length === 0) return [];
    const bystanders = service.servers.filter((server) => !old.includes(server));
    const moving = old.map((server) => ({ server, target: 0 }));
    const selection = { service, moving, bystanders };
    diagnostics.push(
      ...examineRest(selection, request.force, {
        would: `without ${shortList(old.map(({ key }) => key))}`,
        instead: 'bring another server in first',
      }),
    );
    for (const server of old) {
      if (weightBefore(remembered, service.key, server) > 0) continue;
      diagnostics.push({
        severity: 'warning',
        code: 'weight-unknown',
        service: service.key,
        message: `${server.key} was at weight 0 already, and no weight from before is known`,
        next: 'drain in --weight N gives it one',
      });
    }
    return [selection];
  });
  for (const name of request.servers) {
    if (services.some((service) => serversNamed(service, name).length > 0)) continue;
    diagnostics.push(notFound(formatServerName(name), request, snapshot));
  }
  return { selections, diagnostics };
}

/** How it is said that a service would have no weight left, and what to do instead. */
export interface RestWords {
  /** Such as `without 10.0.0.1:80`. */
  readonly would: string;
  readonly instead: string;
}

/** A service whose last weight would go refuses its clients from then on. */
export function examineRest(
  { service, moving, bystanders }: MovingSelection,
  force: boolean,
  { would, instead }: RestWords,
): readonly Diagnostic[] {
  const isLeft = moving.some(({ target }) => target > 0) || totalWeight(bystanders) > 0;
  if (isLeft || totalWeight(service.servers) === 0) return [];
  const at = { code: 'no-weight-left', service: service.key } as const;
  const message = `${would} no server of it would have weight, and its clients would be refused`;
  return force
    ? [{ ...at, severity: 'warning', message: `${message}: as asked for with --force` }]
    : [
        {
          ...at,
          severity: 'error',
          kind: 'preflight',
          message,
          next: `${instead}, leave the service out with --service, or insist with --force`,
        },
      ];
}

export function notFound(
  name: string,
  { services }: Pick<MaintenanceRequest, 'services'>,
  snapshot: Pick<Snapshot, 'services'>,
): Diagnostic {
  const keys = (all: Snapshot['services']) =>
    new Set(all.flatMap((service) => service.servers.map((server) => server.key)));
  const servers = keys(snapshot.services);
  // The servers of other services are not meant, however much they are called alike.
  const meant = keys(snapshot.services.filter(({ key }) => services?.includes(key) ?? true));
  return {
    severity: 'error',
    code: 'server-not-found',
    message: `${name} is a real server of ${
      services ? `none of ${shortList(services)}` : 'no virtual service'
    }${didYouMean(name, meant)}`,
    next:
      servers.size === 0
        ? 'the table has no real server at all: is this the right director?'
        : `the table holds ${shortList([...servers])}`,
  };
}
