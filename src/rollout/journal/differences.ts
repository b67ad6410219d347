import type { ServerKey, ServiceKey } from '../../domain/address.ts';
import type { Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { DirectorPlan, ServicePlan } from '../../domain/rollout/plan.ts';
import { type Drift, findDrift, findDriftBeforeRamp } from '../observe/drift.ts';
import type { MarkSubject } from '../ports.ts';
import { type DirectorState, drainKey } from '../state/director-state.ts';
import { expectedTarget, milestoneTarget, plannedWeight } from '../state/expected-weights.ts';
import type { JournalBody } from '../state/journal.ts';

/** The table of one director of a rollout that stands still, and who else claims servers there. */
export interface FoundTable {
  readonly director: string;
  /** The services of the plan that are there, and perhaps others. */
  readonly snapshot: Snapshot;
  /**
   * Servers that a mark keeps at weight 0 or in a slow start, by `drainKey`, with its reason: drain's own
   * doing, no drift.
   */
  readonly marked: ReadonlyMap<string, MarkSubject['reason']>;
}

export type Conflict = Extract<Drift, { readonly kind: 'conflict' }>;

/** Edits of somebody else that a rollout in this state cannot go on from. */
export const conflictsIn = (
  plan: DirectorPlan,
  state: DirectorState,
  { samples }: Snapshot,
): readonly Conflict[] =>
  state.step < 0
    ? findDriftBeforeRamp(plan, state, samples)
    : findDrift(plan, state, samples).flatMap((one) => (one.kind === 'conflict' ? [one] : []));

/** Whether a bystander has some of its weight again: a guard was bringing it back. */
export function isSlowStart(
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
  /** Whether an old or new server has left the table. */
  readonly isAnyGone: boolean;
  /** Whether the weight of this server is among those that are taken. */
  takes(service: ServiceKey, server: ServerKey): boolean;
}

/** Entries that take differing weights as they are; whole only where each difference may be taken. */
export function accept(
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
    isAnyGone: differences.some(({ weight }) => weight === null),
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
