import {
  formatServerName,
  type ServerKey,
  type ServerName,
  type ServiceKey,
} from '../../domain/address.ts';
import { assertNever } from '../../domain/assert-never.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import type { RealServer, Snapshot, VirtualService } from '../../domain/ipvs/ipvs.ts';
import {
  type ClusterClaim,
  clusterWords,
  outByCluster,
  type ServerOut,
} from '../../domain/rollout/cluster-claim.ts';
import { timeText } from '../../domain/time/time-text.ts';
import { askedServices, serversNamed } from '../select-services.ts';
import type { MaintenanceRequest } from './maintenance-request.ts';
import type { MovingSelection } from './own-ramp.ts';
import { isNamed, type Remembered, rememberedBy } from './remembered.ts';
import { notFound } from './select-out.ts';

/** A server that needs no weight: what an operator asked for is true, or is somebody else's to do. */
export interface NotBroughtIn {
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly kind: Exclude<Case['kind'], 'fill' | 'other-weight'> | 'gone';
  readonly message: string;
}

export interface SelectedIn {
  readonly selections: readonly MovingSelection[];
  readonly skipped: readonly NotBroughtIn[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The meaning of `in` for one server in one service. */
type Case =
  | { readonly kind: 'fill'; readonly target: number }
  | { readonly kind: 'in-service' }
  /** In service, with another weight than is asked for. */
  | { readonly kind: 'other-weight'; readonly asked: number }
  | { readonly kind: 'unhealthy'; readonly sinceMs: number | undefined }
  /** The cluster wants it out, and brings it in itself when it no longer does. */
  | { readonly kind: 'out-by-cluster'; readonly out: ServerOut }
  | { readonly kind: 'weight-unknown' };

/** Whoever else has a say in whether servers are in service. */
export interface OutClaims {
  readonly remembered: readonly Remembered[];
  readonly clusters: readonly ClusterClaim[];
}

/** Selects in each service the servers that have weight to get back there. */
export function selectIn(
  request: MaintenanceRequest,
  snapshot: Pick<Snapshot, 'services'>,
  claims: OutClaims,
): SelectedIn {
  const diagnostics: Diagnostic[] = [];
  const services = askedServices(request, snapshot, diagnostics);
  const places = request.servers.map((name) => ({
    name,
    gone: goneFrom(name, request, snapshot, claims.remembered),
    cases: services.flatMap((service) =>
      serversNamed(service, name).map((server) => ({
        service,
        server,
        case: caseOf(request, service, server, claims),
      })),
    ),
  }));
  const skipped: NotBroughtIn[] = [];
  for (const { name, gone, cases } of places) {
    if (cases.length === 0 && gone.length === 0) {
      diagnostics.push(notFound(formatServerName(name), request, snapshot));
    }
    for (const one of gone) {
      const message = 'is forgotten: it has left the table';
      if (request.force) skipped.push({ ...one, kind: 'gone', message });
      else diagnostics.push(hasGone(one));
    }
    // At 0 in one service and brought back in another: it was at 0 there before, too.
    const isKnown = cases.some((one) => one.case.kind !== 'weight-unknown');
    for (const { service, server, case: found } of cases) {
      if (found.kind === 'fill') continue;
      const { kind } = found;
      const place = { service: service.key, server: server.key };
      if (kind === 'other-weight') diagnostics.push(otherWeight(place, server, found.asked));
      else if (kind === 'weight-unknown' && !isKnown && !request.force)
        diagnostics.push(weightUnknown(place));
      else skipped.push({ ...place, kind, message: skippedMessage(found, server) });
    }
  }
  const all = new Map(
    places.flatMap(({ cases }) =>
      cases.map((one) => [`${one.service.key} ${one.server.key}`, one] as const),
    ),
  );
  const selections = services.flatMap((service): readonly MovingSelection[] => {
    const moving = [...all.values()].flatMap((one) =>
      one.service === service && one.case.kind === 'fill'
        ? [{ server: one.server, target: one.case.target }]
        : [],
    );
    if (moving.length === 0) return [];
    const filled = new Set(moving.map(({ server }) => server));
    return [{ service, moving, bystanders: service.servers.filter((one) => !filled.has(one)) }];
  });
  const unique = new Map(skipped.map((one) => [`${one.service} ${one.server}`, one]));
  return { selections, skipped: [...unique.values()], diagnostics };
}

function caseOf(
  { weight }: MaintenanceRequest,
  { key }: VirtualService,
  server: RealServer,
  { remembered, clusters }: OutClaims,
): Case {
  const marked = rememberedBy(remembered, 'operator', key, server.key);
  const inService: Case =
    weight === undefined || weight === server.weight
      ? { kind: 'in-service' }
      : { kind: 'other-weight', asked: weight };
  if (!marked && server.weight > 0) return inService;
  const unhealthy = rememberedBy(remembered, 'health', key, server.key);
  if (unhealthy) return { kind: 'unhealthy', sinceMs: unhealthy.sinceMs };
  const out = outByCluster(clusters, key, server.key);
  if (out) return { kind: 'out-by-cluster', out };
  const target = weight ?? marked?.weight ?? 0;
  if (target === 0 && server.weight === 0) return { kind: 'weight-unknown' };
  return target > server.weight ? { kind: 'fill', target } : inService;
}

function skippedMessage(
  found: Exclude<Case, { readonly kind: 'fill' | 'other-weight' }>,
  { weight }: RealServer,
): string {
  switch (found.kind) {
    case 'in-service':
      return `is in service, with weight ${weight}`;
    case 'unhealthy': {
      const { sinceMs } = found;
      const since = sinceMs === undefined ? '' : ` since ${timeText(sinceMs)}`;
      return `is kept out by drain guard${since}: its health check fails; the guard brings it back when it passes`;
    }
    case 'out-by-cluster': {
      const since = timeText(found.out.sinceMs);
      return `is kept out by ${clusterWords(found.out)}, since ${since}; drain kube brings it in when the cluster wants it`;
    }
    case 'weight-unknown':
      return 'stays at weight 0, which it had before; drain in --weight N gives it one';
    default:
      return assertNever(found);
  }
}

/** The servers of this name that an operator has marked and that are no longer in their service. */
const goneFrom = (
  name: ServerName,
  request: MaintenanceRequest,
  { services }: Pick<Snapshot, 'services'>,
  remembered: readonly Remembered[],
): readonly Pick<NotBroughtIn, 'service' | 'server'>[] =>
  remembered.flatMap(({ reason, service, server }) => {
    const meant =
      reason === 'operator' &&
      isNamed(name, server) &&
      (request.services?.includes(service) ?? true);
    const live = services.find(({ key }) => key === service);
    const held = live?.servers.some(({ key }) => key === server);
    return meant && !held ? [{ service, server }] : [];
  });

const hasGone = ({ service, server }: Pick<NotBroughtIn, 'service' | 'server'>): Diagnostic => ({
  severity: 'error',
  code: 'server-gone',
  service,
  message: `${server} was taken out with drain out, and has left the table since`,
  next: 'add it again at weight 0 (ipvsadm -a … -w 0), or have it forgotten with --force',
});

const otherWeight = (
  { service, server }: Pick<NotBroughtIn, 'service' | 'server'>,
  { weight }: RealServer,
  asked: number,
): Diagnostic => ({
  severity: 'error',
  code: 'other-weight',
  service,
  message: `${server} is in service with weight ${weight}, and drain in gives a weight only to a server that is out`,
  next: [
    'take it out first: ',
    ['out', server, '--service', service],
    ', then ',
    ['in', server, '--service', service, '--weight', String(asked)],
  ],
});

const weightUnknown = ({
  service,
  server,
}: Pick<NotBroughtIn, 'service' | 'server'>): Diagnostic => ({
  severity: 'error',
  code: 'weight-unknown',
  service,
  message: `${server} is at weight 0, and no weight from before is known`,
  next: 'say which it should get with --weight N',
});
