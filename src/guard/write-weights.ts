import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { type Failure, ok } from '../domain/failure.ts';
import type { Change, Snapshot } from '../domain/ipvs/ipvs.ts';
import { overlay } from '../rollout/edit/edit-director.ts';
import { orderChanges } from '../rollout/edit/order-changes.ts';
import type { MaintenanceMark, Marks } from '../rollout/ports.ts';
import {
  blankMemory,
  type Decisions,
  type ServiceDecision,
  type ServiceMemory,
} from './decide/service-view.ts';
import type { GuardDeps } from './guard-ports.ts';
import type { GuardWorld } from './guard-view.ts';

export const writesAnything = (decision: ServiceDecision): boolean =>
  decision.edits.length > 0 ||
  decision.putMarks.size > 0 ||
  decision.dropMarks.length > 0 ||
  changesFallback(decision);

export const changesFallback = ({ fallback }: ServiceDecision): boolean =>
  fallback.changes.length > 0 || fallback.claim !== undefined || fallback.isOver === true;

export interface Written {
  /** The table after the edits; as it was where nothing was edited. */
  readonly snapshot: Snapshot;
  readonly failure?: Failure;
  /** True when all edits are made; otherwise nobody knows which are. */
  readonly stands: boolean;
}

/**
 * Forgets the weights of edits of which nobody knows whether they were made: another writer's edit
 * could not be told from them.
 */
export function forgetEdited(memories: Map<ServiceKey, ServiceMemory>, decisions: Decisions): void {
  for (const [service, { edits }] of decisions) {
    const memory = memories.get(service) ?? blankMemory;
    const known = new Map(memory.known);
    for (const { server } of edits) known.delete(server.key);
    memories.set(service, { ...memory, known });
  }
}

/**
 * Writes marks first, then all edits as one `ipvsadm` process, then drops the marks that are not
 * needed any more: wherever this is cut off, a server at weight 0 has a mark with the weight to
 * return to.
 */
export async function writeWeights(
  { director, store, table, clock }: GuardDeps,
  decisions: Decisions,
  { snapshot: before, account }: Pick<GuardWorld, 'snapshot' | 'account'>,
): Promise<Written> {
  const subject = (service: ServiceKey, server: ServerKey) =>
    ({ table, service, server, reason: 'health' }) as const;
  for (const [service, { putMarks, percents }] of decisions) {
    for (const [server, weight] of putMarks) {
      const mark: MaintenanceMark = {
        ...subject(service, server),
        weight: account.baseOf(service, server, weight),
        sinceMs: clock.nowMs(),
        ...percentOf(percents, server),
      };
      const put = await store.marks.put(mark);
      if (!put.ok) return { snapshot: before, failure: put.failure, stands: false };
    }
  }
  for (const { fallback } of decisions.values()) {
    const put = fallback.claim
      ? await store.marks.fallbacks.put({ ...fallback.claim, table })
      : ok(undefined);
    if (!put.ok) return { snapshot: before, failure: put.failure, stands: false };
  }
  const endClaims = async (): Promise<Failure | undefined> => {
    for (const [service, { fallback }] of decisions) {
      const ended = fallback.isOver
        ? await store.marks.fallbacks.remove({ table, service })
        : ok(undefined);
      if (!ended.ok) return ended.failure;
    }
    return undefined;
  };
  const changes = [...decisions].flatMap(([service, { edits, fallback }]) => [
    ...edits.map(
      ({ server, weight }): Change => ({
        kind: 'set-weight',
        service,
        server: { ...server, weight },
      }),
    ),
    ...fallback.changes,
  ]);
  const applied =
    changes.length === 0 ? undefined : await director.apply(orderChanges(changes, before), before);
  if (applied?.ok === false) {
    return { snapshot: before, failure: applied.failure, stands: false };
  }
  const snapshot = applied ? overlay(before, applied.value) : before;
  const failure = (await drop(store.marks, decisions, subject)) ?? (await endClaims());
  return { snapshot, stands: true, ...(failure ? { failure } : {}) };
}

/** The percentage in a mark, where its server serves with one. */
export const percentOf = (
  percents: ReadonlyMap<ServerKey, number>,
  server: ServerKey,
): Pick<MaintenanceMark, 'percent'> => {
  const percent = percents.get(server);
  return percent === undefined ? {} : { percent };
};

async function drop(
  marks: Marks,
  decisions: Decisions,
  subject: (service: ServiceKey, server: ServerKey) => Parameters<Marks['remove']>[0],
): Promise<Failure | undefined> {
  for (const [service, { dropMarks }] of decisions) {
    for (const server of dropMarks) {
      const removed = await marks.remove(subject(service, server));
      if (!removed.ok) return removed.failure;
    }
  }
  return undefined;
}
