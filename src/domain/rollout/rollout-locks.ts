import { type DirectorAccess, isLocalPlace, isSimulatedPlace } from '../places/director-access.ts';
import { isSshAddress, parseSshAddress, sshMachine } from '../places/ssh-address.ts';
import { localTable } from './local-table.ts';
import type { Plan } from './plan.ts';

/** The locks of a rollout: one for each of its services, on the tables that these ways of calling ipvsadm reach. */
export const resourcesOf = (plan: Plan, access: readonly DirectorAccess[]): readonly string[] =>
  plan.directors.flatMap(({ director, services }) => {
    const table = tableOf(accessOf(access, director));
    return services.map(({ service }) => `${service} on ${table}`);
  });

/** The lock of the process that waits for the time at which a rollout begins. */
export const startResource = (rollout: string): string => `start of ${rollout}`;

/** The access to one director of a plan. */
export function accessOf(access: readonly DirectorAccess[], name: string): DirectorAccess {
  const found = access.find(({ director }) => director === name);
  if (!found) throw new Error(`nothing says how director ${name} is reached`);
  return found;
}

/**
 * The name of a table in locks and marks. Behind ssh it is the machine's, whoever logs in there and whether
 * sudo is in between: `ssh://root@lb1` and `ssh://ops@LB1:22` with `sudo -n ipvsadm` are one table.
 */
export function tableOf({ where, ipvsadm }: DirectorAccess): string {
  if (isLocalPlace(where)) return localTable(ipvsadm);
  const address = isSshAddress(where) ? parseSshAddress(where) : undefined;
  if (!address?.ok) return where;
  const machine = sshMachine(address.value);
  return ownTable.test(ipvsadm) ? machine : `${machine} ${ipvsadm}`;
}

/** The access to a table by its name: the inverse of `tableOf`, but for words that make no difference. */
export function accessOfTable(table: string): Pick<DirectorAccess, 'where' | 'ipvsadm'> {
  const [first = '', ...words] = table.split(' ');
  if (isSshAddress(first)) return { where: first, ipvsadm: words.join(' ') || 'ipvsadm' };
  return isSimulatedPlace(table)
    ? { where: table, ipvsadm: 'ipvsadm' }
    : { where: 'local', ipvsadm: table };
}

/** `ipvsadm`, `/sbin/ipvsadm`, `sudo -n ipvsadm`: the table of the machine, not that of a namespace. */
const ownTable = /^\s*(?:(?:\S*\/)?(?:sudo|doas)\s+(?:-\S+\s+)*)?(?:\S*\/)?ipvsadm\s*$/;
