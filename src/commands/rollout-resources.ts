import type { Plan } from '../domain/plan.ts';
import { printable } from '../domain/printable.ts';
import type { DirectorAccess, RolloutEnd } from '../rollout/journal.ts';

/** What a rollout locks: each of its services, on the table that this way of calling ipvsadm reaches. */
export const resourcesOf = (plan: Plan, access: DirectorAccess): readonly string[] =>
  plan.directors.flatMap(({ services }) =>
    services.map(({ service }) => `${service} on ${tableOf(access)}`),
  );

/** How locks and marks name a table. */
export const tableOf = ({ where, ipvsadm }: DirectorAccess): string =>
  where === 'local' ? ipvsadm : where;

/** Why a rollout ended otherwise than asked for, and the commands that go on where it was held. */
export const endLines = (rollout: string, { outcome, message }: RolloutEnd): string => {
  const ways = `  go on:   drain resume ${rollout}\n  go back: drain rollback ${rollout}\n`;
  // It may hold what a gate or a director said.
  return `drain: ${printable(message, 1_000)}\n${outcome === 'held' ? ways : ''}`;
};
