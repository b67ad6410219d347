import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import {
  type Change,
  findServer,
  findService,
  isServiceChange,
  type RealServer,
  type Snapshot,
  serviceOf,
  type VirtualService,
} from '../../domain/ipvs/ipvs.ts';
import { orderChanges } from '../../rollout/edit/order-changes.ts';
import { sameAttributes, sameService } from './verify-changes.ts';

export type Table = Pick<Snapshot, 'services'>;

/** Tables around a batch of edits. */
export interface AroundBatch {
  /** The table that the edits were computed from. */
  readonly from: Table;
  /** The table as the lines before the edits listed it. */
  readonly before: Table;
  /** The table as the lines behind the edits listed it. */
  readonly after: Table;
}

/** Somebody's setting that edits wrote over, because it came after the listing. */
export interface Overtaken {
  readonly service: ServiceKey;
  /** `10.0.0.1:80 weight 100`, `scheduler wrr`. */
  readonly expected: string;
  readonly found: string;
}

export interface WrittenOver {
  /** The edits that give somebody's settings back. */
  readonly corrections: readonly Change[];
  /** Weights and schedulers: the edits of these services are taken back, to be decided anew. */
  readonly overtaken: readonly Overtaken[];
}

/**
 * Finds what somebody set between the listing and the edits, and the edits that give it back. With
 * another weight or scheduler, the edits of that service were computed from a table that was no more:
 * all of them are taken back. Another threshold, forwarding method or persistence says nothing against
 * an edit, and stands beside it.
 */
export function writtenOver(changes: readonly Change[], around: AroundBatch): WrittenOver {
  // Of several changes of one server the last one is what stands.
  const last = [...new Map(changes.map((change) => [subjectOf(change), change])).values()];
  const overtaken = last.flatMap((change) => overtakenBy(change, around) ?? []);
  const undone = new Set(overtaken.map(({ service }) => service));
  const corrections = last.flatMap((change) =>
    undone.has(serviceOf(change)) ? takenBack(change, around) : amended(change, around),
  );
  return { corrections: orderChanges(corrections, around.after), overtaken };
}

const subjectOf = (change: Change): string =>
  isServiceChange(change) ? change.service.key : `${change.service} ${change.server.key}`;

const serverIn = (table: Table, service: ServiceKey, server: ServerKey): RealServer | undefined => {
  const found = findService(table, service);
  return found && findServer(found, server);
};

function overtakenBy(change: Change, { from, before }: AroundBatch): Overtaken | undefined {
  const service = serviceOf(change);
  if (change.kind === 'set-scheduler') {
    const expected = findService(from, service)?.scheduler;
    const found = findService(before, service)?.scheduler;
    return isOther(expected, found, change.service.scheduler)
      ? { service, expected: `scheduler ${expected}`, found: `scheduler ${found}` }
      : undefined;
  }
  if (isServiceChange(change)) return undefined;
  // A server that somebody added or removed meanwhile makes ipvsadm refuse the edit.
  const { key } = change.server;
  const expected = serverIn(from, service, key)?.weight;
  const found = serverIn(before, service, key)?.weight;
  const written = change.kind === 'set-weight' ? change.server.weight : undefined;
  return isOther(expected, found, written)
    ? { service, expected: `${key} weight ${expected}`, found: `${key} weight ${found}` }
    : undefined;
}

/** Tells whether somebody had set it, to something else than what was written. */
const isOther = <T>(expected: T | undefined, found: T | undefined, written: T | undefined) =>
  expected !== undefined && found !== undefined && found !== expected && found !== written;

/** The edits that give a service back what it had before a change. */
function takenBack(change: Change, { before, after }: AroundBatch): readonly Change[] {
  const key = serviceOf(change);
  if (change.kind === 'set-scheduler') {
    const service = findService(before, key);
    const now = findService(after, key);
    if (!service || !now || sameService(service, now)) return [];
    return [{ kind: 'set-scheduler', service: withEngine(service, change.service) }];
  }
  // What was added for it has no weight to take; what was removed had no servers.
  if (isServiceChange(change)) return [];
  const was = serverIn(before, key, change.server.key);
  const is = serverIn(after, key, change.server.key);
  if (was && is) {
    const isBack = was.weight === is.weight && sameAttributes(was, is);
    return isBack ? [] : [{ kind: 'set-weight', service: key, server: was }];
  }
  if (was) return [{ kind: 'add-server', service: key, server: was }];
  // A removal would cut off whoever has connected since: without weight it does no harm.
  return is && is.weight > 0
    ? [{ kind: 'set-weight', service: key, server: { ...is, weight: 0 } }]
    : [];
}

/** The change once more with what somebody had set beside weight and scheduler; none where nothing was. */
function amended(change: Change, { from, before }: AroundBatch): readonly Change[] {
  const key = serviceOf(change);
  if (change.kind === 'set-scheduler') {
    const expected = findService(from, key);
    const found = findService(before, key);
    if (!expected || !found || sameService({ ...found, ...strategyOf(expected) }, expected)) {
      return [];
    }
    const service = { ...withEngine(found, change.service), ...strategyOf(change.service) };
    return [{ kind: 'set-scheduler', service }];
  }
  if (change.kind !== 'set-weight') return [];
  const expected = serverIn(from, key, change.server.key);
  const found = serverIn(before, key, change.server.key);
  if (!expected || !found || sameAttributes(expected, found)) return [];
  return [{ ...change, server: { ...found, weight: change.server.weight } }];
}

const strategyOf = ({ scheduler, schedulerFlags }: VirtualService) => ({
  scheduler,
  schedulerFlags,
});

/** A listing of one service does not show the engine of a service without persistence. */
const withEngine = (service: VirtualService, { engine }: VirtualService): VirtualService =>
  engine === undefined ? service : { engine, ...service };
