import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { Change, Snapshot } from '../../domain/ipvs/ipvs.ts';
import { isHandOver, maintenanceOf } from '../../domain/rollout/maintenance.ts';
import type { DirectorPlan } from '../../domain/rollout/plan.ts';
import { floorsUndercutBack, type RollbackShortfall } from '../decide/floor.ts';
import { orderChanges } from '../edit/order-changes.ts';
import { type DirectorState, drainKey, freshDirector, reach } from '../state/director-state.ts';
import { changesTo, expectedTarget } from '../state/expected-weights.ts';
import type { JournalBody } from '../state/journal.ts';
import { directorState, lastStep, type RolloutState } from '../state/rollout-state.ts';
import { accept, type Conflict, conflictsIn, type FoundTable, isSlowStart } from './differences.ts';
import { emptiedIn, type ServiceOfDirector } from './emptied.ts';

/** A table that the rollout cannot go on from, with the edits that would put it right. */
export interface TableConflict {
  readonly director: string;
  readonly drifts: readonly Conflict[];
  readonly mend: readonly Change[];
  /** Whether the table could be taken as it is. */
  readonly isAcceptable: boolean;
}

export interface Reconciled {
  /** Entries that a journal needs before the rollout goes on from these tables. */
  readonly entries: readonly JournalBody[];
  readonly conflicts: readonly TableConflict[];
  /** Services that no table holds any more, or not yet. */
  readonly missing: readonly { readonly director: string; readonly service: ServiceKey }[];
  /** Servers that a mark keeps at weight 0 and that this way would fill. */
  readonly keptOut: Readonly<Record<'forward' | 'back', readonly KeptOut[]>>;
  /** Services that have weight, and would have none at the end of the way forward or back. */
  readonly emptied: Readonly<Record<'forward' | 'back', readonly ServiceOfDirector[]>>;
  /** Services that the way back would take below their floor, or further below it. */
  readonly belowFloor: readonly RollbackShortfall[];
}

export interface KeptOut {
  readonly director: string;
  readonly service: ServiceKey;
  readonly server: ServerKey;
}

/**
 * Compares a rollout that stands still with the live tables. A table is right where it is what the
 * journal says; the one from before the rollout, as a reboot brings it back; the final one, as a
 * configuration that agrees already brings it; or differs by what a mark claims. With `accepts` any
 * other is taken as it is.
 */
export function reconcile(
  state: RolloutState,
  tables: readonly FoundTable[],
  { accepts = false }: { readonly accepts?: boolean } = {},
): Reconciled {
  const found = tables.map((table) => reconcileDirector(state, table, accepts));
  const isBack = ({ kind }: FoundDirector): boolean => kind === 'reset';
  const areAllBack = found.every(isBack);
  return {
    entries: found.flatMap((one) => [
      // Others are further: this one is brought to them as a director that was away is.
      ...(isBack(one) && !areAllBack && state.phase.kind !== 'rolling-back'
        ? [lost(one.director)]
        : []),
      ...one.entries,
    ]),
    conflicts: found.flatMap(({ conflict }) => conflict ?? []),
    keptOut: {
      forward: accepts ? [] : found.flatMap(({ keptOut = [] }) => keptOut),
      back: accepts ? [] : tables.flatMap((table) => keptOutOnTheWayBack(state, table)),
    },
    missing: found.flatMap(({ director, missing }) =>
      missing.map((service) => ({ director, service })),
    ),
    emptied: {
      forward: tables.flatMap((table) => emptiedIn(state, table, 'forward')),
      back: tables.flatMap((table) => emptiedIn(state, table, 'back')),
    },
    belowFloor: tables.flatMap((table) => floorsUndercutBack(state, table)),
  };
}

/**
 * Servers of a hand-over that an operator has out and that had weight before. What health keeps out a
 * guard takes out again, and a way back may not wait for that.
 */
function keptOutOnTheWayBack(
  { plan }: RolloutState,
  { director, snapshot, marked }: FoundTable,
): readonly KeptOut[] {
  if (maintenanceOf(plan)) return [];
  const services = plan.directors.find((one) => one.director === director)?.services ?? [];
  return services.flatMap(({ service, baseline, oldServers, newServers }) =>
    baseline.servers.flatMap(({ key: server, weight }) =>
      weight > 0 &&
      (oldServers.includes(server) || newServers.includes(server)) &&
      snapshot.samples.get(service)?.servers.get(server)?.weight === 0 &&
      marked.get(drainKey(service, server)) === 'operator'
        ? [{ director, service, server }]
        : [],
    ),
  );
}

const lost = (director: string): JournalBody => ({
  type: 'director-lost',
  director,
  reason: 'its table is the one from before the rollout',
});

interface FoundDirector {
  readonly kind: 'as-journaled' | 'reset' | 'final' | 'accepted' | 'conflict' | 'missing';
  readonly director: string;
  readonly entries: readonly JournalBody[];
  readonly missing: readonly ServiceKey[];
  readonly conflict?: TableConflict;
  readonly keptOut?: readonly KeptOut[];
}

function reconcileDirector(
  state: RolloutState,
  table: FoundTable,
  accepts: boolean,
): FoundDirector {
  const { director, snapshot } = table;
  const plan = state.plan.directors.find((one) => one.director === director);
  if (!plan) throw new Error(`the plan has no director ${director}`);
  const standing = directorState(state, plan);
  const head = { director, entries: [], missing: [] };
  const missing = plan.services.flatMap(({ service }) =>
    snapshot.samples.has(service) ? [] : [service],
  );
  if (missing.length > 0) return { ...head, kind: 'missing', missing };
  const conflictsOf = (as: DirectorState): readonly Conflict[] => conflictsIn(plan, as, snapshot);
  const drifts = conflictsOf(standing);
  if (drifts.length === 0) return { ...head, kind: 'as-journaled' };
  const claimed = accept(plan, standing, table, (one) =>
    one.weight === 0
      ? table.marked.has(drainKey(one.service, one.server))
      : isSlowStart(plan, standing, table, one),
  );
  if (claimed.isWhole) {
    const keptOut = plan.services.flatMap(({ service, newServers }) =>
      newServers
        .filter((server) => claimed.takes(service, server))
        .map((server) => ({ director, service, server })),
    );
    return { ...head, kind: 'accepted', entries: claimed.entries, keptOut };
  }
  if (conflictsOf(freshDirector).length === 0) {
    return { ...head, kind: 'reset', entries: resetEntries(state, director) };
  }
  // Before its first edit a rollout has nothing to go on from, and no end that is its own.
  const hasEdited = standing.step >= 0;
  const final = hasEdited ? finalEntries(state, plan, standing) : [];
  const after = final.reduce(
    (before, entry) => (entry.type === 'reached' ? reach(before, entry.milestone) : before),
    standing,
  );
  if (final.length > 0 && conflictsOf(after).length === 0) {
    return { ...head, kind: 'final', entries: final };
  }
  const taken = accept(plan, standing, table, () => true);
  const isAcceptable =
    taken.isWhole &&
    (hasEdited || taken.hasSameServers) &&
    (isHandOver(state.plan) || !taken.isAnyGone);
  if (accepts && isAcceptable) return { ...head, kind: 'accepted', entries: taken.entries };
  const mend = mendingChanges(plan, standing, snapshot);
  return { ...head, kind: 'conflict', conflict: { director, drifts, mend, isAcceptable } };
}

/** On the way back the table from before the rollout is where the rollout goes. */
function resetEntries({ phase }: RolloutState, director: string): readonly JournalBody[] {
  const reset: JournalBody = { type: 'director-reset', director };
  if (phase.kind !== 'rolling-back') return [reset];
  return [reset, { type: 'reached', director, milestone: { kind: 'rollback' } }];
}

/** Everything that is left of the rollout, as if it were done just now; nothing on the way back. */
function finalEntries(
  { phase, plan }: RolloutState,
  { director, services }: DirectorPlan,
  { removed }: DirectorState,
): readonly JournalBody[] {
  if (phase.kind === 'rolling-back') return [];
  const isLeft = (service: ServiceKey, server: ServerKey): boolean =>
    !removed.has(drainKey(service, server));
  return [
    { type: 'reached', director, milestone: { kind: 'step', step: lastStep(plan) } },
    ...services.flatMap(({ service, oldServers }): JournalBody[] => {
      const left = oldServers.filter((server) => isLeft(service, server));
      const servers = plan.policy.keep ? [] : left;
      return [
        ...left.map((server) => ({ type: 'drained', service, server }) as const),
        {
          type: 'reached',
          director,
          milestone: { kind: 'retire', service, servers, last: true },
        },
      ];
    }),
  ];
}

function mendingChanges(
  plan: DirectorPlan,
  standing: DirectorState,
  snapshot: Snapshot,
): readonly Change[] {
  const live = new Map(snapshot.services.map((service) => [service.key, service]));
  const changes = plan.services.flatMap((service) => {
    const now = live.get(service.service);
    return now ? changesTo(expectedTarget(service, standing), now) : [];
  });
  return orderChanges(changes, snapshot);
}
