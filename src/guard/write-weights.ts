import type { ServerKey, ServiceKey } from '../domain/address.ts';
import { type Failure, ok, type Result } from '../domain/failure.ts';
import type { Change, Snapshot } from '../domain/ipvs/ipvs.ts';
import { overlay } from '../rollout/edit/edit-director.ts';
import { orderChanges } from '../rollout/edit/order-changes.ts';
import type { MaintenanceMark } from '../rollout/ports.ts';
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
  const marks = [...decisions].flatMap(([service, { putMarks, percents }]) =>
    [...putMarks].map(
      ([server, weight]): MaintenanceMark => ({
        ...subject(service, server),
        weight: account.baseOf(service, server, weight),
        sinceMs: clock.nowMs(),
        ...percentOf(percents, server),
      }),
    ),
  );
  const unkept =
    (await firstFailure(marks, (mark) => store.marks.put(mark))) ??
    (await firstFailure([...decisions.values()], async ({ fallback: { claim } }) =>
      claim ? store.marks.fallbacks.put({ ...claim, table }) : ok(undefined),
    ));
  if (unkept) return { snapshot: before, failure: unkept, stands: false };
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
  const dropped = [...decisions].flatMap(([service, { dropMarks }]) =>
    [...dropMarks].map((server) => subject(service, server)),
  );
  const failure =
    (await firstFailure(dropped, (mark) => store.marks.remove(mark))) ??
    (await firstFailure([...decisions], async ([service, { fallback }]) =>
      fallback.isOver ? store.marks.fallbacks.remove({ table, service }) : ok(undefined),
    ));
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

/** So many are on their way to the disk at once: a rack that fails is hundreds of marks before one edit. */
const atOnce = 32;

async function firstFailure<T>(
  all: readonly T[],
  act: (one: T) => Promise<Result<void>>,
): Promise<Failure | undefined> {
  for (let from = 0; from < all.length; from += atOnce) {
    for (const done of await Promise.all(all.slice(from, from + atOnce).map(act))) {
      if (!done.ok) return done.failure;
    }
  }
  return undefined;
}
