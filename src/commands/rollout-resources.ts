import type { Plan } from '../domain/plan.ts';
import type { DirectorAccess, RolloutEnd } from '../rollout/journal.ts';

/** What a rollout locks: each of its services, on the table that this way of calling ipvsadm reaches. */
export const resourcesOf = (plan: Plan, access: DirectorAccess): readonly string[] =>
  plan.directors.flatMap(({ services }) =>
    services.map(({ service }) => `${service} on ${tableOf(access)}`),
  );

/** How locks and marks name a table. */
export const tableOf = ({ where, ipvsadm }: DirectorAccess): string =>
  where === 'local' ? ipvsadm : where;

/** The commands that go on from a rollout that was held. */
export const goOnLines = (rollout: string, { outcome }: RolloutEnd): string =>
  outcome === 'held'
    ? `  go on:   drain resume ${rollout}\n  go back: drain rollback ${rollout}\n`
    : '';
