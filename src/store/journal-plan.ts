import { assertNever } from '../domain/assert-never.ts';
import { isHandOver } from '../domain/rollout/maintenance.ts';
import type { Plan, RollbackRamp } from '../domain/rollout/plan.ts';
import type { Milestone } from '../rollout/state/director-state.ts';
import type { JournalEntry } from '../rollout/state/journal.ts';

/** Directors and steps that the entries so far let a later entry speak of. */
export interface JournalSubjects {
  readonly plan: Plan;
  /** The last rollback that is a ramp. */
  readonly ramp?: RollbackRamp;
  readonly lost: ReadonlySet<string>;
}

/** Subjects after one more entry. */
export function subjectsAfter(before: JournalSubjects, entry: JournalEntry): JournalSubjects {
  switch (entry.type) {
    case 'rollback-started':
      return entry.ramp ? { ...before, ramp: entry.ramp } : before;
    case 'director-lost':
      return { ...before, lost: new Set([...before.lost, entry.director]) };
    case 'director-regained': {
      const { director } = entry;
      return { ...before, lost: new Set([...before.lost].filter((name) => name !== director)) };
    }
    case 'step-inserted': {
      const { step, dueMs: atMs, fraction } = entry;
      const schedule = before.plan.schedule.toSpliced(step, 0, { atMs, fraction });
      return { ...before, plan: { ...before.plan, schedule } };
    }
    default:
      return before;
  }
}

/**
 * Says why an entry cannot belong to a journal of this plan; `undefined` for one that can. A well-formed
 * entry about a director, service, server or step that the plan does not have would be believed until
 * the engine stumbles over it, in the middle of a rollout.
 */
export function misfitOf(entry: JournalEntry, subjects: JournalSubjects): string | undefined {
  const { plan } = subjects;
  switch (entry.type) {
    case 'intended':
    case 'reached':
      return unknownDirector(plan, entry.director) ?? misplacedMilestone(entry.milestone, subjects);
    case 'drained':
    case 'refilled':
      return unknownServers(plan, entry.service, [entry.server]);
    case 'bystander-changed':
      return unknownDirector(plan, entry.director) ?? unknownServers(plan, entry.service, []);
    case 'director-lost':
      return (
        unknownDirector(plan, entry.director) ??
        (subjects.lost.size + 1 < plan.directors.length ? undefined : 'no director would be left')
      );
    case 'accepted':
      return (
        unknownDirector(plan, entry.director) ??
        unknownServers(
          plan,
          entry.service,
          entry.weights.map(([server]) => server),
        )
      );
    case 'rescaled':
      return unknownDirector(plan, entry.director) ?? misfitScale(plan, entry);
    case 'director-reset':
    case 'setting-borrowed':
    case 'setting-returned':
      return unknownDirector(plan, entry.director);
    case 'resumed':
      return misfitTerms(plan, entry);
    case 'step-inserted':
      return misfitStep(plan, entry);
    case 'director-regained':
      return subjects.lost.has(entry.director)
        ? undefined
        : `director ${entry.director} was not lost`;
    case 'rollback-started':
      return entry.ramp && wrongRamp(plan, entry.ramp);
    case 'opened':
      return withoutAccess(entry);
    case 'paused':
    case 'promoted':
    case 'continued':
    case 'ended':
      return undefined;
    default:
      return assertNever(entry);
  }
}

function misplacedMilestone(
  milestone: Milestone,
  { plan, ramp }: JournalSubjects,
): string | undefined {
  switch (milestone.kind) {
    case 'step':
      return milestone.step < plan.schedule.length
        ? undefined
        : `the plan has no step ${milestone.step}`;
    case 'rollback-step':
      return ramp && milestone.step < ramp.schedule.length
        ? undefined
        : `there is no step ${milestone.step} on the way back`;
    case 'retire':
      return unknownServers(plan, milestone.service, milestone.servers);
    case 'base-scale':
      return strayWeights(plan, milestone.services);
    case 'rollback':
      return undefined;
    default:
      return assertNever(milestone);
  }
}

function strayWeights(
  { directors }: Plan,
  services: Extract<Milestone, { kind: 'base-scale' }>['services'],
): string | undefined {
  const known = directors.flatMap((director) => director.services);
  const stray = services.find(
    ({ service, weights }) =>
      !weights.some((weight) => weight > 0) ||
      !known.some((one) => one.service === service && one.servers.length === weights.length),
  );
  return stray && `the weights of ${stray.service} do not fit the plan`;
}

function misfitTerms(
  { schedule, directors }: Plan,
  { terms, access = [] }: Extract<JournalEntry, { type: 'resumed' }>,
): string | undefined {
  const times = terms?.schedule;
  if (times && times.length !== schedule.length) return 'the new times are not one a step';
  if (times?.some((atMs, step) => atMs < (times[step - 1] ?? 0))) return 'the new times go back';
  const stray = access.find((one) => !directors.some(({ director }) => director === one.director));
  return stray && `the plan has no director ${stray.director}`;
}

/** Says so where the steps of another scale are not the rest of the ramp, for the servers of the plan. */
function misfitScale(
  { directors, schedule, ...plan }: Plan,
  { director: name, service, fromStep, steps }: Extract<JournalEntry, { type: 'rescaled' }>,
): string | undefined {
  const found = directors
    .find(({ director }) => director === name)
    ?.services.find((one) => one.service === service);
  if (!found) return `the plan has no service ${service} on ${name}`;
  const fits =
    fromStep + steps.length === schedule.length &&
    steps.every(
      (weights) =>
        weights.length === found.servers.length && (!isHandOver(plan) || weights.some(Boolean)),
    );
  return fits ? undefined : `the other scale of ${service} does not fit the plan`;
}

/** Says so where a step does not fit between two of the ramp, for each service and all its servers. */
function misfitStep(
  { directors, schedule }: Plan,
  { step, dueMs, fraction, services }: Extract<JournalEntry, { type: 'step-inserted' }>,
): string | undefined {
  const [before, after] = [schedule[step - 1], schedule[step]];
  const isBetween =
    before &&
    after &&
    before.atMs <= dueMs &&
    dueMs <= after.atMs &&
    before.fraction < fraction &&
    fraction < after.fraction;
  const known = directors.flatMap(({ director, services: all }) =>
    all.map(({ service, servers }) => ({ director, service, servers })),
  );
  const fits =
    services.length === known.length &&
    known.every(({ director, service, servers }) => {
      const own = services.find((one) => one.director === director && one.service === service);
      return own?.weights.length === servers.length && own.weights.some(Boolean);
    });
  return isBetween && fits ? undefined : `the step at ${100 * fraction} % does not fit the plan`;
}

function withoutAccess({
  plan,
  access,
}: Extract<JournalEntry, { type: 'opened' }>): string | undefined {
  const missing = plan.directors.find(
    ({ director }) => !access.some((one) => one.director === director),
  );
  return missing && `nothing says how director ${missing.director} is reached`;
}

const unknownDirector = ({ directors }: Plan, name: string): string | undefined =>
  directors.some(({ director }) => director === name)
    ? undefined
    : `the plan has no director ${name}`;

function unknownServers(
  { directors }: Plan,
  service: string,
  servers: readonly string[],
): string | undefined {
  const plans = directors.flatMap(({ services }) => services.filter((s) => s.service === service));
  if (plans.length === 0) return `the plan has no service ${service}`;
  const missing = servers.find((server) => !plans.some((p) => p.servers.some((s) => s === server)));
  return missing && `the plan has no server ${missing} in ${service}`;
}

/** Says so where a rollback's ramp is not about every service of the plan, with a weight for each server. */
function wrongRamp({ directors, ...plan }: Plan, ramp: RollbackRamp): string | undefined {
  // The rollback of a service that was left without weight begins there.
  const mayBeZero = !isHandOver(plan);
  const fits =
    ramp.directors.length === directors.length &&
    directors.every(({ director, services }) => {
      const back = ramp.directors.find((one) => one.director === director);
      return (
        back?.services.length === services.length &&
        services.every(({ service, servers }) => {
          const steps = back.services.find((one) => one.service === service)?.steps;
          return (
            steps?.length === ramp.schedule.length &&
            steps.every(
              (weights) =>
                weights.length === servers.length &&
                (mayBeZero || weights.some((weight) => weight > 0)),
            )
          );
        })
      );
    });
  return fits ? undefined : 'the way back does not fit the plan';
}
