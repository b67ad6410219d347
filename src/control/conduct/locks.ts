import type { DirectorAccess } from '../../domain/director-access.ts';
import type { Plan } from '../../domain/plan.ts';
import { printable } from '../../domain/printable.ts';
import { isSshAddress, parseSshAddress, sshMachine } from '../../domain/ssh-address.ts';
import type { RolloutEnd } from '../../rollout/state/rollout-state.ts';

/** What a rollout locks: each of its services, on the tables that these ways of calling ipvsadm reach. */
export const resourcesOf = (plan: Plan, access: readonly DirectorAccess[]): readonly string[] =>
  plan.directors.flatMap(({ director, services }) => {
    const table = tableOf(accessOf(access, director));
    return services.map(({ service }) => `${service} on ${table}`);
  });

/** How one director of a plan is reached. */
export function accessOf(access: readonly DirectorAccess[], name: string): DirectorAccess {
  const found = access.find(({ director }) => director === name);
  if (!found) throw new Error(`nothing says how director ${name} is reached`);
  return found;
}

/** Directors with a time of their own. */
export const isSimulated = (access: readonly DirectorAccess[]): boolean =>
  access.some(({ where }) => where === 'sim' || where.startsWith('sim:'));

/**
 * How locks and marks name a table. Behind ssh it is the machine's, whoever logs in there and whether
 * sudo is in between: `ssh://root@lb1` and `ssh://ops@LB1:22` with `sudo -n ipvsadm` are one table.
 */
export function tableOf({ where, ipvsadm }: DirectorAccess): string {
  if (where === 'local') return ipvsadm;
  const address = isSshAddress(where) ? parseSshAddress(where) : undefined;
  if (!address?.ok) return where;
  const machine = sshMachine(address.value);
  return ownTable.test(ipvsadm) ? machine : `${machine} ${ipvsadm}`;
}

/** `ipvsadm`, `/sbin/ipvsadm`, `sudo -n ipvsadm`: the table of the machine, not that of a namespace. */
const ownTable = /^\s*(?:(?:\S*\/)?(?:sudo|doas)\s+(?:-\S+\s+)*)?(?:\S*\/)?ipvsadm\s*$/;

/** Why a rollout ended otherwise than asked for, and the commands that go on where it was held. */
export const endLines = (rollout: string, { outcome, message }: RolloutEnd): string => {
  const ways = `  go on:   drain resume ${rollout}\n  go back: drain rollback ${rollout}\n`;
  // It may hold what a gate or a director said.
  return `drain: ${printable(message, 1_000)}\n${outcome === 'held' ? ways : ''}`;
};
