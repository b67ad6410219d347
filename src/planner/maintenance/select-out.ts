import { formatServerName } from '../../domain/address.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import { type Snapshot, totalWeight } from '../../domain/ipvs/ipvs.ts';
import { didYouMean } from '../../domain/nearest.ts';
import { shortList } from '../../domain/printable.ts';
import { askedServices, serversNamed } from '../select-services.ts';
import type { MaintenanceRequest, MaintenanceSelection } from './maintenance-request.ts';
import { type Remembered, weightBefore } from './remembered.ts';

export interface SelectedOut {
  readonly selections: readonly MaintenanceSelection[];
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
  const selections = services.flatMap((service): readonly MaintenanceSelection[] => {
    const old = service.servers.filter((server) =>
      request.servers.some((name) => serversNamed(service, name).includes(server)),
    );
    if (old.length === 0) return [];
    const bystanders = service.servers.filter((server) => !old.includes(server));
    const moving = old.map((server) => ({ server, target: 0 }));
    const selection = { service, moving, bystanders };
    diagnostics.push(...examineRest(selection, request.force));
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

/** A service whose last weight would go refuses its clients from then on. */
function examineRest(
  { service, moving, bystanders }: MaintenanceSelection,
  force: boolean,
): readonly Diagnostic[] {
  const leaving = moving.map(({ server }) => server);
  if (totalWeight(leaving) === 0 || totalWeight(bystanders) > 0) return [];
  const at = { code: 'no-weight-left', service: service.key } as const;
  const who = shortList(leaving.map(({ key }) => key));
  const would = `without ${who} no server of it would have weight, and its clients would be refused`;
  return force
    ? [{ ...at, severity: 'warning', message: `${would}: as asked for with --force` }]
    : [
        {
          ...at,
          severity: 'error',
          kind: 'preflight',
          message: would,
          next: 'bring another server in first, leave the service out with --service, or insist with --force',
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
