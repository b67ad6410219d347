import { assertNever } from '../../domain/assert-never.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { HeldWhy, KubeEventBody } from '../../domain/events/kube-event.ts';
import { printable } from '../../domain/printable.ts';
import type { EventNote } from '../cluster-events/event-book.ts';

/** Reasons of Events, in the words of the field: scripts match on them. */
type Reason =
  | 'ServerJoined'
  | 'ServerLeaving'
  | 'ServerDrained'
  | 'NotDraining'
  | 'Held'
  | 'Released'
  | 'EnsuredLoadBalancer'
  | 'DeletedLoadBalancer';

const heldWords: Readonly<Record<HeldWhy, string>> = {
  keep: 'too few servers would be left',
  floor: 'its service is at its floor (minServing), and goes on with it when there is room',
  batch: 'others that leave have to be empty first',
  timeout: 'it does not become empty',
  foreign: 'that row of the table is not of this cluster; drain kube --adopt takes it over',
  'somebody-else': 'somebody else has edited the table',
  rollout: 'a rollout that is not over has the service',
  'not-synced': 'the cluster is not known yet',
  meltdown: 'what the cluster shows has shrunk to nothing',
};

/** What `kubectl describe service` says of it; `undefined` where it is about no Service. */
export function eventNote(director: string, event: KubeEventBody): EventNote | undefined {
  if (event.type === 'cluster-held' || event.type === 'cluster-released') return undefined;
  const { owner } = event;
  const normal = (reason: Reason, note: string): EventNote => ({
    type: 'Normal',
    reason,
    action: event.type.startsWith('server-') ? 'Drain' : 'Ensure',
    regarding: { kind: 'Service', ...owner },
    note: `${note} (${event.service} on ${printable(director)})`,
  });
  const warning = (reason: Reason, note: string): EventNote => ({
    ...normal(reason, note),
    type: 'Warning',
  });
  switch (event.type) {
    case 'server-joined':
      return normal('ServerJoined', `${nameOf(event)} is in, with weight ${event.weight}`);
    case 'server-returns':
      return normal('ServerJoined', `${nameOf(event)} comes back while it leaves`);
    case 'server-leaving': {
      const detail = event.detail === undefined ? '' : ` ${printable(event.detail)}`;
      return normal('ServerLeaving', `${nameOf(event)} leaves: ${printable(event.cause)}${detail}`);
    }
    case 'server-drained': {
      const after = formatDuration(Math.round(event.afterMs / 1_000) * 1_000);
      return event.connections > 0
        ? warning(
            'ServerDrained',
            `${nameOf(event)} is removed after ${after}, with ${event.connections} connections`,
          )
        : normal('ServerDrained', `${nameOf(event)} is empty after ${after}, and removed`);
    }
    case 'not-draining': {
      const many = event.connections === undefined ? '' : ` of ${event.connections} connections`;
      const why = event.reason === undefined ? 'why is not known' : printable(event.reason);
      return warning('NotDraining', `${nameOf(event)} does not become empty${many}: ${why}`);
    }
    case 'server-held':
      return warning('Held', `${nameOf(event)} stays as it is: ${heldWords[event.why]}`);
    case 'service-held':
      return warning('Held', `${heldWords[event.why]}: ${event.diff.slice(0, 3).join('; ')}`);
    case 'service-released':
      return normal('Released', 'it is decided about again');
    case 'service-added':
      return normal('EnsuredLoadBalancer', 'the virtual service is there');
    case 'service-removed':
      return normal(
        'DeletedLoadBalancer',
        'the virtual service is gone, after its last connection',
      );
    default:
      return assertNever(event);
  }
}

const nameOf = ({
  server,
  node,
}: {
  readonly server: string;
  readonly node?: string | undefined;
}) => (node === undefined ? server : `${printable(node)} (${server})`);
