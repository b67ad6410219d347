import type { Actor } from '../../domain/actor/actor.ts';
import type { ServiceKey } from '../../domain/address.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';
import type { Snapshot } from '../../domain/ipvs/ipvs.ts';
import type { DirectorAccess } from '../../domain/places/director-access.ts';
import type { DirectorPlan, Plan } from '../../domain/rollout/plan.ts';
import { diffService } from '../../planner/baseline-diff.ts';
import type { Clock, Director, Journal } from '../ports.ts';
import { type JournalEntry, journalVersion, openedState } from '../state/journal.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/** A plan that no longer fits the table, with the differences line by line. */
export interface StaleBaseline {
  readonly failure: Failure;
  readonly diff: readonly string[];
}

/** Compares the live services with the plan's baseline, attribute by attribute. */
export async function checkBaseline(
  plan: Plan,
  directors: ReadonlyMap<string, Director>,
): Promise<Result<void, StaleBaseline>> {
  const checked = await Promise.all(plan.directors.map((part) => checkDirector(part, directors)));
  return checked.find((one) => !one.ok) ?? ok(undefined);
}

async function checkDirector(
  { director: name, services }: DirectorPlan,
  directors: ReadonlyMap<string, Director>,
): Promise<Result<void, StaleBaseline>> {
  const director = directors.get(name);
  if (!director) throw new Error(`no director ${name}`);
  const live = await listWhatIsThere(
    director,
    services.map(({ service }) => service),
  );
  if (!live.ok) return fail({ failure: live.failure, diff: [] });
  const found = new Map(live.value.services.map((service) => [service.key, service]));
  const diff = services.flatMap(({ baseline }) => diffService(baseline, found.get(baseline.key)));
  return diff.length > 0 ? fail({ failure: changedTable(name), diff }) : ok(undefined);
}

/** Lists services; where one has gone, the whole table shows what there is instead. */
export async function listWhatIsThere(
  director: Pick<Director, 'snapshot'>,
  services: readonly ServiceKey[],
): Promise<Result<Snapshot>> {
  const part = await director.snapshot(services);
  return !part.ok && part.failure.kind === 'conflict' ? director.snapshot() : part;
}

const changedTable = (director: string): Failure => ({
  kind: 'conflict',
  what: `the table of ${director} is not what the plan was made from`,
  next: 'look at the differences and make the plan again',
});

/** The failure of a plan that cannot be started on these directors, because it is about others. */
export function foreignPlan(
  { directors }: Plan,
  known: ReadonlyMap<string, Director>,
): Failure | undefined {
  const foreign = directors.find(({ director }) => !known.has(director));
  if (!foreign) return undefined;
  return {
    kind: 'usage',
    what: `the plan is for director ${foreign.director}, and this is ${[...known.keys()].join(', ')}`,
    next: 'apply it where it was made, or make it again here',
  };
}

/** Opens the journal: from here on there is a rollout. */
export async function openRollout(
  rollout: string,
  plan: Plan,
  access: readonly DirectorAccess[],
  deps: {
    readonly journal: Pick<Journal, 'append'>;
    readonly clock: Clock;
    readonly actor?: Actor | undefined;
  },
): Promise<Result<RolloutState>> {
  const nowMs = deps.clock.nowMs();
  const entry: Extract<JournalEntry, { type: 'opened' }> = {
    v: journalVersion,
    atMs: nowMs,
    type: 'opened',
    rollout,
    plan,
    access,
    startAtMs: nowMs,
    ...(deps.actor ? { actor: deps.actor } : {}),
  };
  const written = await deps.journal.append(entry);
  return written.ok ? ok(openedState(entry)) : written;
}
