import type { Change, Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { DirectorPlan } from '../../domain/rollout/plan.ts';
import type { Goal } from '../action.ts';
import { directorNamed, type EngineView } from '../observe/list-directors.ts';
import { managedEdit } from '../observe/managed-edits.ts';
import { afterFailure, afterSuccess, type LiveDirector } from '../observe/observation.ts';
import type { DirectorState, Milestone } from '../state/director-state.ts';
import { changesTo, milestoneTargets } from '../state/expected-weights.ts';
import { directorPlan, directorState } from '../state/rollout-state.ts';
import { orderChanges } from './order-changes.ts';

/** The result of an edit; `tookMs` is absent on failure, and 0 where there was nothing to do. */
export interface Edited {
  readonly name: string;
  readonly startedMs: number;
  readonly tookMs?: number;
  /** Updates what is known of the director by the edit. */
  readonly after: (live: LiveDirector) => LiveDirector;
}

type EditMade = Edited & { readonly tookMs: number };

const isReached = (edited: Edited): edited is EditMade => edited.tookMs !== undefined;

/** Edits each director of these goals once, all at the same time. */
export function editDirectors(
  world: EngineView,
  goals: readonly Goal[],
): Promise<readonly Edited[]> {
  const names = [...new Set(goals.flatMap(({ directors }) => directors))];
  return Promise.all(
    names.map((name) => {
      const own = goals.filter(({ directors }) => directors.includes(name));
      return editDirector(
        world,
        name,
        own.map(({ milestone }) => milestone),
      );
    }),
  );
}

/** Directors that have reached their goals, one for each goal. */
export const goalsReached = (
  goals: readonly Goal[],
  edits: readonly Edited[],
): readonly { readonly milestone: Milestone; readonly edit: EditMade }[] =>
  goals.flatMap(({ milestone, directors }) =>
    edits
      .filter(isReached)
      .filter(({ name }) => directors.includes(name))
      .map((edit) => ({ milestone, edit })),
  );

/** Retirements that a director has not reached. */
export const retirementsMissed = (
  goals: readonly Goal[],
  edits: readonly Edited[],
): readonly Extract<Milestone, { kind: 'retire' }>[] => {
  const missed = new Set(edits.filter((edit) => !isReached(edit)).map(({ name }) => name));
  return goals.flatMap(({ milestone, directors }) =>
    milestone.kind === 'retire' && directors.some((name) => missed.has(name)) ? [milestone] : [],
  );
};

/**
 * Edits a director in one `ipvsadm` process, or none when the live table has the milestones already.
 * Several are retirements, each of a service of its own.
 */
async function editDirector(
  world: EngineView,
  name: string,
  milestones: readonly Milestone[],
): Promise<Edited> {
  const { clock, state, seen } = world;
  const startedMs = clock.nowMs();
  const table = seen.directors.get(name)?.table?.snapshot;
  if (!table) throw new Error(`an edit of ${name} without a listing before it`);
  const plan = directorPlan(state, name);
  const director = directorNamed(world, name);
  const wanted = changesToReach(plan, directorState(state, plan), milestones, table);
  // Whoever its manager has taken out comes back by that alone.
  const changes = director.setsDown
    ? wanted
    : wanted.filter((change) => !isDown(plan, directorState(state, plan), change, table));
  if (changes.length === 0) {
    return { name, startedMs, tookMs: 0, after: (live) => afterSuccess(live, 'edit') };
  }
  const samples = plan.services.flatMap(({ service }) => table.samples.get(service) ?? []);
  if (director.stillShows(samples) === false) {
    return { name, startedMs, after: lookAgain };
  }
  const applied = await director.apply(changes, table);
  const nowMs = clock.nowMs();
  if (!applied.ok) {
    const { failure } = applied;
    if (failure.code === 'overtaken') return { name, startedMs, after: lookAgain };
    return { name, startedMs, after: (live) => afterFailure(live, 'edit', failure, nowMs) };
  }
  const tookMs = nowMs - startedMs;
  const snapshot = overlay(table, applied.value);
  return {
    name,
    startedMs,
    tookMs,
    after: (live) => ({
      ...afterSuccess(live, 'edit', tookMs),
      table: { atMs: nowMs, snapshot },
      sample: { atMs: nowMs, services: snapshot.samples },
    }),
  };
}

/** Somebody was quicker: what they did is looked at before anything is written over it. */
const lookAgain = ({ table: _, ...live }: LiveDirector): LiveDirector => live;

/** The edits that bring a director's table to milestones, in the order in which they are safe. */
function changesToReach(
  plan: DirectorPlan,
  director: DirectorState,
  milestones: readonly Milestone[],
  table: Snapshot,
): readonly Change[] {
  const live = new Map(table.services.map((service) => [service.key, service]));
  const targets = milestones.flatMap((one) => milestoneTargets(plan, director, one));
  const changes = targets.flatMap((target) => {
    const service = live.get(target.plan.service);
    return service ? changesTo(target, service) : [];
  });
  return orderChanges(changes, table);
}

function isDown(
  { services }: DirectorPlan,
  director: DirectorState,
  change: Change,
  { samples }: Snapshot,
): boolean {
  if (change.kind !== 'set-weight' && change.kind !== 'add-server') return false;
  const server = change.server.key;
  const plan = services.find(({ service }) => service === change.service);
  if (!plan) return false;
  const found = samples.get(plan.service)?.servers.get(server)?.weight ?? null;
  return managedEdit(plan, director, { server, found })?.kind === 'down';
}

/** A read-back of some services laid over the listing before it. */
export function overlay(table: Snapshot, readBack: Snapshot): Snapshot {
  const fresh = new Map(readBack.services.map((service) => [service.key, service]));
  return {
    ...table,
    services: table.services.map((service) => fresh.get(service.key) ?? service),
    samples: new Map([...table.samples, ...readBack.samples]),
  };
}
