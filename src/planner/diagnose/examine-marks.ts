import { actorText } from '../../domain/actor/actor.ts';
import { parseServerName, type ServerKey, type ServiceKey } from '../../domain/address.ts';
import type { Diagnostic } from '../../domain/failure.ts';
import { findServer } from '../../domain/ipvs/ipvs.ts';
import { printable } from '../../domain/printable.ts';
import type { Advice, PrintedCommand } from '../../domain/printed-command.ts';
import type { ClusterClaim } from '../../domain/rollout/cluster-claim.ts';
import { placeText } from '../../domain/rollout/elsewhere.ts';
import { maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { Plan, ServicePlan } from '../../domain/rollout/plan.ts';
import { timeText } from '../../domain/time/time-text.ts';
import { type Remembered, rememberedBy } from '../maintenance/remembered.ts';

/** The reasons of one director's servers to be left alone. */
export interface ClaimedTable {
  readonly director: string;
  /** The marks of servers that are out of service. */
  readonly remembered: readonly Remembered[];
  readonly arounds: readonly AroundClaim[];
  /** The services that clusters drive. */
  readonly clusters?: readonly ClusterClaim[] | undefined;
}

/** A server that a `drain around` has out, or whose command runs. */
export interface AroundClaim {
  readonly address: string;
  readonly around: string;
  readonly pid: number;
  readonly sinceMs: number;
}

/**
 * Finds the servers of a plan that somebody else wants left alone: those that an operator or health
 * keeps out and that the plan would fill, those that a guard is bringing back, whose weight is not yet
 * their own, those that a `drain around` is at, and those of a service that a cluster drives, whose
 * controller sets all weights of its own servers. An error each, or with `force` a warning that says
 * what is passed over. An operator's mark of a server that is not in the table, or has weight, binds
 * nobody.
 */
export function examineMarks(
  plan: Plan,
  tables: readonly ClaimedTable[],
  { force }: { readonly force: boolean },
): readonly Diagnostic[] {
  const found = plan.directors.flatMap(({ director, services }) => {
    const table = tables.find((one) => one.director === director);
    if (!table) return [];
    return services.flatMap((service) => [
      ...aroundsIn(service, table),
      ...(maintenanceOf(plan)
        ? []
        : [
            ...clustersIn(service, table),
            ...marksIn(service, table),
            ...slowStarts(service, table),
          ]),
    ]);
  });
  const unique = [...new Map(found.map((one) => [`${one.service} ${one.message}`, one])).values()];
  return force ? unique.map(passedOver) : unique;
}

/** The claims of a `drain around` on a server of this address. */
export const aroundAt = (
  arounds: readonly AroundClaim[],
  server: ServerKey,
): AroundClaim | undefined => {
  const address = parseServerName(server)?.address;
  return arounds.find((one) => one.address === address);
};

/** The sentence about a server that a `drain around` is at. */
export const aroundSentence = (server: ServerKey, { around, pid, sinceMs }: AroundClaim): string =>
  `${around} has ${server} out while its command runs (process ${pid}, since ${timeText(sinceMs)})`;

/** The sentence about a server that an operator has out. */
export const outSentence = (
  server: ServerKey,
  { sinceMs, at, actor }: Pick<Remembered, 'sinceMs' | 'at' | 'actor'>,
): string => {
  const where = at ? ` (${placeText(at)})` : '';
  const since = sinceMs === undefined ? '' : ` since ${timeText(sinceMs)}`;
  const by = actor ? `, by ${actorText(actor)}` : '';
  return `an operator has ${server} out${since}${where}${by}`;
};

/** The command that brings a server in again, by the store that has it out. */
export const inCommand = (server: ServerKey, at: Remembered['at']): PrintedCommand => [
  'in',
  server,
  ...(at ? ['--state', at.state] : []),
];

function clustersIn(
  { service, oldServers, newServers }: ServicePlan,
  { clusters = [] }: ClaimedTable,
): readonly Diagnostic[] {
  const moved = new Set([...oldServers, ...newServers]);
  return clusters.flatMap((claim) => {
    if (claim.service !== service) return [];
    const own = claim.servers.filter(({ server }) => moved.has(server)).length;
    // Beside a pot, others' servers are theirs; but what a ramp adds would take from the cluster's share.
    const what = `cluster ${printable(claim.cluster)} drives ${service} (${printable(`${claim.of.namespace}/${claim.of.name}`)})${claim.at ? `, ${placeText(claim.at)}` : ''}`;
    const whose = own > 0 ? `, and ${own} of the servers that would move are its own` : '';
    return conflict('service-of-cluster', service, `${what}${whose}`, {
      next: 'change it in the cluster (label the node, or edit the Service), or insist with --force while drain kube is stopped',
    });
  });
}

function aroundsIn(service: ServicePlan, { arounds }: ClaimedTable): readonly Diagnostic[] {
  return [...service.oldServers, ...service.newServers].flatMap((server) => {
    const claim = aroundAt(arounds, server);
    if (!claim) return [];
    return conflict('server-in-around', service.service, aroundSentence(server, claim), {
      next: ['wait until it is over (', ['status', claim.around], '), or insist with --force'],
    });
  });
}

function marksIn(
  service: ServicePlan,
  { remembered, arounds }: ClaimedTable,
): readonly Diagnostic[] {
  return service.newServers.flatMap((server) => {
    if (findServer(service.baseline, server)?.weight !== 0 || aroundAt(arounds, server)) return [];
    return remembered
      .filter((mark) => mark.service === service.service && mark.server === server)
      .flatMap(({ reason, sinceMs, at, actor }) => {
        const since = sinceMs === undefined ? '' : ` since ${timeText(sinceMs)}`;
        return reason === 'operator'
          ? conflict('server-out', service.service, outSentence(server, { sinceMs, at, actor }), {
              next: ['bring it in first: ', inCommand(server, at), ', or insist with --force'],
            })
          : conflict(
              'server-unhealthy',
              service.service,
              `drain guard keeps ${server} out${since}: its health check fails`,
              { next: 'look at the server; the guard brings it back, or insist with --force' },
            );
      });
  });
}

/** Old and new servers that a guard brings back: a part of their weight would be taken for all of it. */
function slowStarts(service: ServicePlan, { remembered }: ClaimedTable): readonly Diagnostic[] {
  return [...service.oldServers, ...service.newServers].flatMap((server) => {
    const weight = findServer(service.baseline, server)?.weight ?? 0;
    const mark = rememberedBy(remembered, 'health', service.service, server);
    if (weight === 0 || !mark || mark.weight <= weight) return [];
    if (mark.percent !== undefined) {
      return conflict(
        'server-slow-start',
        service.service,
        `the agent of ${server} asks for ${mark.percent}% of its weight, and drain guard has it at ${weight} of ${mark.weight}`,
        { next: 'wait until its agent asks for all of it, or insist with --force' },
      );
    }
    return conflict(
      'server-slow-start',
      service.service,
      `drain guard is bringing ${server} back, at weight ${weight} of ${mark.weight} by now`,
      { next: 'wait until it has its weight again, or insist with --force' },
    );
  });
}

const conflict = (
  code: string,
  service: ServiceKey,
  message: string,
  { next }: { readonly next: Advice },
): Diagnostic[] => [{ severity: 'error', kind: 'conflict', code, service, message, next }];

const passedOver = ({ kind: _, next: __, ...found }: Diagnostic): Diagnostic => ({
  ...found,
  severity: 'warning',
  message: `${found.message}; passed over, as asked for with --force`,
});
