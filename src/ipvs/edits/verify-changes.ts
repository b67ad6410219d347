import { assertNever } from '../../domain/assert-never.ts';
import type { Failure } from '../../domain/failure.ts';
import {
  type Change,
  findServer,
  findService,
  isServiceChange,
  type RealServer,
  type Snapshot,
  serviceOf,
  type TunnelOptions,
  type VirtualService,
} from '../../domain/ipvs/ipvs.ts';
import type { Complaint } from '../command-failure.ts';
import { restoreLine } from '../ipvsadm-args.ts';

/**
 * The failure of a batch, or `undefined` when nothing is wrong. A refused line does not stop the
 * others, and whatever is around ipvsadm may complain of something else, so the complaint does not tell
 * what was done: the table that was read back does.
 */
export function verifyChanges(
  changes: readonly Change[],
  after: Pick<Snapshot, 'services'>,
  complaint: Complaint | undefined,
): Failure | undefined {
  // A service that should be gone is not read back: whether it is, only a complaint tells.
  if (complaint && changes.some(({ kind }) => kind === 'remove-service')) return complaint.failure;
  const missing = changesThatDoNotStand(withoutRemoved(changes), after);
  if (changes.length === 0) return complaint?.isDecisive ? complaint.failure : undefined;
  if (missing.length === 0) return undefined;
  if (complaint) {
    const { failure } = complaint;
    return { ...failure, what: `${failure.what} (${describeStanding(changes, missing)})` };
  }
  return {
    kind: 'conflict',
    what: `ipvsadm refused nothing, but the table shows something else: ${describeStanding(changes, missing)}`,
    next: 'Somebody else is changing the table (keepalived?): look at it again, and plan anew.',
  };
}

/** The changes that the table does not show. Of several that name one server the last one counts. */
function changesThatDoNotStand(
  changes: readonly Change[],
  after: Pick<Snapshot, 'services'>,
): readonly Change[] {
  const last = new Map(changes.map((change) => [subjectOf(change), change]));
  return [...last.values()].filter((change) => !stands(change, after));
}

/** The changes that show in a table: servers that went with their service do not. */
function withoutRemoved(changes: readonly Change[]): readonly Change[] {
  const removed = new Set(
    changes.flatMap((change) => (change.kind === 'remove-service' ? [change.service.key] : [])),
  );
  return removed.size === 0 ? changes : changes.filter((change) => !removed.has(serviceOf(change)));
}

const subjectOf = (change: Change): string =>
  isServiceChange(change) ? change.service.key : `${change.service} ${change.server.key}`;

function stands(change: Change, after: Pick<Snapshot, 'services'>): boolean {
  const service = findService(after, serviceOf(change));
  if (service === undefined) return change.kind === 'remove-service';
  switch (change.kind) {
    case 'remove-service':
      return false;
    case 'add-service':
    case 'set-scheduler':
      return sameService(service, change.service);
    case 'remove-server':
      return findServer(service, change.server.key) === undefined;
    case 'set-weight':
    case 'add-server': {
      const found = findServer(service, change.server.key);
      return found !== undefined && sameServer(found, change.server);
    }
    default:
      return assertNever(change);
  }
}

const sameServer = (a: RealServer, b: RealServer): boolean =>
  a.weight === b.weight && sameAttributes(a, b);

/** Compares all that an edit of a weight writes beside the weight. */
export function sameAttributes(a: RealServer, b: RealServer): boolean {
  return (
    a.forwarding === b.forwarding &&
    a.upperThreshold === b.upperThreshold &&
    a.lowerThreshold === b.lowerThreshold &&
    sameTunnel(a.tunnel, b.tunnel)
  );
}

/** Compares tunnels: before 1.31 no listing shows options, and later one without any is `ipip`. */
function sameTunnel(a: TunnelOptions | undefined, b: TunnelOptions | undefined): boolean {
  const type = a?.type ?? 'ipip';
  if (type !== (b?.type ?? 'ipip')) return false;
  if (type === 'ipip') return true;
  return a?.port === b?.port && (a?.checksum ?? 'nocsum') === (b?.checksum ?? 'nocsum');
}

/**
 * Compares services without the engine: a listing of one service shows it with persistence only.
 */
export function sameService(a: VirtualService, b: VirtualService): boolean {
  return (
    a.scheduler === b.scheduler &&
    a.onePacket === b.onePacket &&
    a.persistence?.timeoutS === b.persistence?.timeoutS &&
    a.persistence?.netmask === b.persistence?.netmask &&
    [...a.schedulerFlags].sort().join() === [...b.schedulerFlags].sort().join()
  );
}

/**
 * `2 of 3 changes stand, not: -e -t 10.0.0.100:80 -r 10.0.0.1:8080 -m -w 40`. Names at most five.
 */
function describeStanding(changes: readonly Change[], notStanding: readonly Change[]): string {
  const total = new Set(changes.map(subjectOf)).size;
  const standing = total - notStanding.length;
  const named = notStanding.slice(0, 5).map(restoreLine).join('; ');
  const more = notStanding.length > 5 ? `; and ${notStanding.length - 5} more` : '';
  return `${standing} of ${total} changes stand, not: ${named}${more}`;
}
