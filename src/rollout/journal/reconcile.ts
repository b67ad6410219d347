import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { Change, Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { DirectorPlan, ServicePlan } from '../../domain/rollout/plan.ts';
import { orderChanges } from '../edit/order-changes.ts';
import { type Drift, findDrift, findDriftBeforeRamp } from '../observe/drift.ts';
import { type DirectorState, drainKey, freshDirector, reach } from '../state/director-state.ts';
import {
  changesTo,
  expectedTarget,
  milestoneTarget,
  plannedWeight,
} from '../state/expected-weights.ts';
import type { JournalBody } from '../state/journal.ts';
import { directorState, lastStep, type RolloutState } from '../state/rollout-state.ts';
import { emptiedIn, type ServiceOfDirector } from './emptied.ts';

/** The table of one director of a rollout that stands still, and who else claims servers there. */
export interface FoundTable {
  readonly director: string;
  /** The services of the plan that are there, and perhaps others. */
  readonly snapshot: Snapshot;
  /** Servers that a mark keeps at weight 0 or in a slow start, as `drainKey`s: drain's own doing, no drift. */
  readonly marked: ReadonlySet<string>;
}

type Conflict = Extract<Drift, { readonly kind: 'conflict' }>;

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
  /** New servers that a mark keeps at weight 0: on the way forward they would be filled. */
  readonly keptOut: readonly KeptOut[];
  /** Services that have weight, and would have none at the end of the way forward or back. */
  readonly emptied: Readonly<Record<'forward' | 'back', readonly ServiceOfDirector[]>>;
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
    keptOut: accepts ? [] : found.flatMap(({ keptOut = [] }) => keptOut),
    missing: found.flatMap(({ director, missing }) =>
      missing.map((service) => ({ director, service })),
    ),
    emptied: {
      forward: tables.flatMap((table) => emptiedIn(state, table, 'forward')),
      back: tables.flatMap((table) => emptiedIn(state, table, 'back')),
    },
  };
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
  const isAcceptable = taken.isWhole && (hasEdited || taken.hasSameServers);
  if (accepts && isAcceptable) return { ...head, kind: 'accepted', entries: taken.entries };
  const mend = mendingChanges(plan, standing, snapshot);
  return { ...head, kind: 'conflict', conflict: { director, drifts, mend, isAcceptable } };
}

const conflictsIn = (
  plan: DirectorPlan,
  state: DirectorState,
  { samples }: Snapshot,
): readonly Conflict[] =>
  state.step < 0
    ? findDriftBeforeRamp(plan, state, samples)
    : findDrift(plan, state, samples).flatMap((one) => (one.kind === 'conflict' ? [one] : []));

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

/** Whether a bystander has some of its weight again: a guard was bringing it back. */
function isSlowStart(
  { services }: DirectorPlan,
  standing: DirectorState,
  { marked }: FoundTable,
  { service, server, weight }: Omit<Difference, 'isThere'>,
): boolean {
  const plan = services.find((one) => one.service === service);
  const isMoved = plan?.oldServers.includes(server) || plan?.newServers.includes(server);
  if (!plan || isMoved || !weight || !marked.has(drainKey(service, server))) return false;
  return weight <= (plannedWeight(plan, standing, server) ?? 0);
}

interface Difference {
  readonly service: ServiceKey;
  readonly server: ServerKey;
  readonly weight: number | null;
  /** Whether the server is in the table where the journal has it too. */
  readonly isThere: boolean;
}

interface Accepting {
  readonly entries: readonly JournalBody[];
  readonly isWhole: boolean;
  /** Whether only weights of old and new servers differ: none has come or gone, and nobody else either. */
  readonly hasSameServers: boolean;
  /** Whether the weight of this server is among those that are taken. */
  takes(service: ServiceKey, server: ServerKey): boolean;
}

/** Entries that take differing weights as they are; whole only where each difference may be taken. */
function accept(
  plan: DirectorPlan,
  standing: DirectorState,
  table: FoundTable,
  mayTake: (difference: Omit<Difference, 'isThere'>) => boolean,
): Accepting {
  const { director, snapshot } = table;
  const differences = plan.services.flatMap((service) => differing(service, standing, snapshot));
  const left = conflictsIn(plan, differences.reduce(taken, standing), snapshot);
  const others = left.flatMap(({ service, bystander }) =>
    bystander ? [{ service, ...bystander }] : [],
  );
  // The next step gives the rest to whoever was on the way back, and nothing of this is left.
  const isSlow = (one: (typeof others)[number]) => isSlowStart(plan, standing, table, one);
  const entries = plan.services.flatMap(({ service }): JournalBody[] => {
    const weights = [...differences, ...others.filter(isSlow)]
      .filter((one) => one.service === service)
      .map(({ server, weight }) => [server, weight] as const);
    return weights.length > 0 ? [{ type: 'accepted', director, service, weights }] : [];
  });
  const noted = others
    .filter((one) => !isSlow(one))
    .map((one): JournalBody => ({ type: 'bystander-changed', director, ...one }));
  return {
    entries: [...entries, ...noted],
    hasSameServers: others.length === 0 && differences.every(({ isThere }) => isThere),
    isWhole: left.length === others.length && [...differences, ...others].every(mayTake),
    takes: (service, server) =>
      differences.some((one) => one.service === service && one.server === server),
  };
}

const taken = (before: DirectorState, { service, server, weight }: Difference): DirectorState => ({
  ...before,
  accepted: new Map([
    ...(before.accepted ?? []),
    [service, new Map([...(before.accepted?.get(service) ?? []), [server, weight]])],
  ]),
});

/** Old and new servers whose weight is not the journal's; those of bystanders are noted by the engine. */
function differing(
  plan: ServicePlan,
  standing: DirectorState,
  { samples }: Snapshot,
): readonly Difference[] {
  const live = samples.get(plan.service)?.servers;
  const { weights } = expectedTarget(plan, standing);
  const intended = standing.intended.flatMap(
    (milestone) => milestoneTarget(plan, standing, milestone) ?? [],
  );
  return [...plan.oldServers, ...plan.newServers].flatMap((server) => {
    const weight = live?.get(server)?.weight ?? null;
    const expected = weights.get(server) ?? null;
    const isThere = weight !== null && expected !== null;
    const isRight =
      expected === weight || intended.some((one) => (one.weights.get(server) ?? null) === weight);
    return isRight ? [] : [{ service: plan.service, server, weight, isThere }];
  });
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
