import { fail, ok, type Result } from '../../domain/failure.ts';
import { type Floors, hasFloors } from '../../domain/floor/floor.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import type { Plan } from '../../domain/rollout/plan.ts';
import { accessOf, tableOf } from '../../domain/rollout/rollout-locks.ts';
import {
  type CountedTable,
  examineFloors,
  type FlooredPlan,
} from '../../planner/floor/examine-floors.ts';
import type { DirectorTable } from '../../planner/plan-tables.ts';
import { tablesOf, unfinishedOn } from '../../rollout/journal/unfinished.ts';
import { countServices } from '../../rollout/state/counted-service.ts';
import { type MarkingStore, marksOf } from '../conduct/marks.ts';

export interface KeptFloors {
  readonly floors: Floors;
  readonly access: readonly DirectorAccess[];
  /** Whether somebody insists; then a floor that is undercut is a warning. */
  readonly force: boolean;
  /** Rollouts that the plan takes over from, which claim nothing any more. */
  readonly replaces?: readonly string[] | undefined;
}

/**
 * The plan with the floors of its services, held against its own baseline: the table as it was just read. An
 * error for each service that it would take below its floor, with everybody named who is out. What every
 * command asks that takes weight from servers.
 */
export async function keepFloors(
  store: MarkingStore,
  plan: Plan,
  { floors, access, force, replaces = [] }: KeptFloors,
): Promise<Result<FlooredPlan>> {
  if (!hasFloors(floors)) return ok({ plan, diagnostics: [] });
  const tables = plan.directors.map(({ director, services }) => ({
    director,
    snapshot: { services: services.map(({ baseline }) => baseline) },
  }));
  const counted = await countTables(store, access, tables, replaces);
  return counted.ok ? ok(examineFloors(plan, counted.value, { floors, force })) : counted;
}

/** Holds a plan against the floors that it has, under its lock: somebody may have taken servers meanwhile. */
export async function recheckFloors(
  store: MarkingStore,
  plan: Plan,
  { access, replaces }: Pick<KeptFloors, 'access' | 'replaces'>,
): Promise<Result<Plan>> {
  const kept = await keepFloors(store, plan, {
    floors: floorsOf(plan),
    access,
    force: false,
    replaces,
  });
  if (!kept.ok) return kept;
  const [error] = kept.value.diagnostics;
  return error
    ? fail({ kind: 'preflight', what: error.message, where: error.service, next: error.next })
    : ok(kept.value.plan);
}

const floorsOf = ({ directors }: Plan): Floors => ({
  services: directors.flatMap(({ services }) =>
    services.flatMap(({ service, floor }) => (floor ? [[service, floor.floor] as const] : [])),
  ),
});

/** The tables of some directors, with everything counted that is out there. */
export async function countTables(
  store: MarkingStore,
  access: readonly DirectorAccess[],
  tables: readonly Pick<Counted, 'director' | 'snapshot'>[],
  replaces: readonly string[] = [],
): Promise<Result<readonly CountedTable[]>> {
  const marks = await marksOf(store, access);
  if (!marks.ok) return marks;
  const clusters = await store.marks.clusters.list();
  if (!clusters.ok) return clusters;
  const fallbacks = await store.marks.fallbacks.list();
  if (!fallbacks.ok) return fallbacks;
  const unfinished = await unfinishedOn(store, tablesOf(access));
  if (!unfinished.ok) return unfinished;
  const others = unfinished.value.rollouts.filter(({ rollout }) => !replaces.includes(rollout));
  return ok(
    tables.map(({ director, snapshot }) => {
      const table = tableOf(accessOf(access, director));
      const claims = {
        table,
        marks: marks.value.filter((mark) => mark.table === table),
        clusters: [...clusters.value, ...unfinished.value.elsewhere.clusters].filter(
          (claim) => claim.table === table,
        ),
        fallbacks: fallbacks.value.filter((claim) => claim.table === table),
        unfinished: others,
      };
      return { director, services: countServices(claims, snapshot.services) };
    }),
  );
}

interface Counted {
  readonly director: DirectorTable['director'];
  readonly snapshot: Pick<DirectorTable['snapshot'], 'services'>;
}
