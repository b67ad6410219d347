import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import {
  type Change,
  findServer,
  isServiceChange,
  type Snapshot,
  serviceOf,
} from '../../domain/ipvs/ipvs.ts';
import type { ManagedService } from '../../domain/ipvs/managed-service.ts';
import {
  countedWeight,
  drivenBy,
  notDrivenWords,
  numberFor,
} from '../../domain/ipvs/track-files.ts';

/** A number to be written into a file, and the weight that the table shows then. */
export interface TrackWrite {
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly path: string;
  readonly number: number;
  readonly weight: number;
  /** The server is down: it has the weight when its checks are good again, and the table shows it then. */
  readonly isDown?: true;
  /** A number to be written before it, for keepalived sets nothing where the number stays. */
  readonly nudge?: { readonly number: number; readonly weight: number };
}

export interface FilesFor {
  /** In the order in which they are to be written: what adds weight, then what takes it. */
  readonly writes: readonly TrackWrite[];
  /** Changes of services that keepalived does not own, and of what it does not set again. */
  readonly others: readonly Change[];
}

/** The files by which changes take effect in the services of keepalived; a failure where one cannot. */
export function filesFor(
  changes: readonly Change[],
  says: ReadonlyMap<ServiceKey, ManagedService>,
  live: Pick<Snapshot, 'services'>,
): Result<FilesFor> {
  const others: Change[] = [];
  const writes: (TrackWrite & { readonly from: number })[] = [];
  for (const change of changes) {
    const service = serviceOf(change);
    const managed = says.get(service);
    if (!managed || change.kind === 'set-scheduler') {
      others.push(change);
      continue;
    }
    if (isServiceChange(change)) return fail(notByFile(change, service));
    const { key, weight } = change.server;
    const server = managed.servers.get(key);
    const isDown = server?.isAlive === false;
    const isBrought = change.kind === 'add-server' && isDown;
    if (change.kind !== 'set-weight' && !isBrought) return fail(notByFile(change, service));
    const driven = drivenBy(says, service, key);
    if (!server || typeof driven === 'string') {
      const what = notDrivenWords(key, typeof driven === 'string' ? driven : 'unknown');
      return fail({ kind: 'director', what: `${what}, so its weight cannot be set`, next: enrol });
    }
    const row = live.services.find((one) => one.key === service);
    const from = (row && findServer(row, key)?.weight) ?? 0;
    const number = numberFor(server, driven.factor, weight);
    // The number stands already, and somebody has written over the weight: another one first.
    const isStale = !isDown && server.effectiveWeight === weight && from !== weight;
    const by = weight === 0 ? 1 : -1;
    const nudged = Math.max(0, weight + by);
    const nudge = { number: numberFor(server, driven.factor, nudged), weight: nudged };
    writes.push({
      ...{ service, server: key, path: driven.path, number, weight, from },
      ...(isStale ? { nudge } : {}),
      ...(isDown ? { isDown } : {}),
    });
  }
  const short = belowQuorum(writes, says);
  if (short) return fail(short);
  const raises = writes.filter(({ weight, from }) => weight > from);
  const lowers = writes.filter(({ weight, from }) => weight <= from);
  return ok({ writes: [...raises, ...lowers].map(({ from: _, ...one }) => one), others });
}

const enrol = 'Enrol it as docs/keepalived.md says, and reload keepalived.';

const notByFile = (change: Change, service: ServiceKey): Failure => ({
  kind: 'director',
  what: `${service} is keepalived's, and ${change.kind} is done in its configuration alone`,
  next: 'Change keepalived.conf and reload keepalived; a server that is to leave stays at weight 0 until then (--keep).',
});

function belowQuorum(
  writes: readonly TrackWrite[],
  says: ReadonlyMap<ServiceKey, ManagedService>,
): Failure | undefined {
  for (const service of new Set(writes.map((one) => one.service))) {
    const managed = says.get(service);
    const own = writes.filter((one) => one.service === service);
    const weights = new Map(own.map(({ server, weight }) => [server, weight]));
    const sum = managed ? countedWeight(managed, weights) : 0;
    const isLowered = managed !== undefined && sum < countedWeight(managed, new Map());
    if (!managed || sum >= managed.quorum || !isLowered) continue;
    return {
      kind: 'director',
      what: `${service} would have weight ${sum}, below its quorum of ${managed.quorum}: keepalived would take out all servers that are left`,
      next: 'Bring a server back first, or lower the quorum in keepalived.conf.',
    };
  }
  return undefined;
}
