import type { ServiceKey } from '../address.ts';

/**
 * What callers of the control API may do, each more than the one before: look; take servers out and in, pause,
 * continue and roll back; start rollouts and lead them on.
 */
export const roles = ['read', 'operate', 'start'] as const;
export type Role = (typeof roles)[number];

/** Somebody who asks over the control API, as whom a token stands for. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
  /** The only services that are theirs; absent: all. */
  readonly services?: readonly ServiceKey[] | undefined;
  /** The groups of the config file whose servers are theirs; absent: all servers. */
  readonly groups?: readonly string[] | undefined;
  /** The only directors that are theirs, by name; absent: all. */
  readonly directors?: readonly string[] | undefined;
}

/** Whether a role has what another one has. */
export const hasRole = ({ role }: Pick<Caller, 'role'>, wanted: Role): boolean =>
  roles.indexOf(role) >= roles.indexOf(wanted);

/** Whether nothing is kept from a caller of this role. */
export const isUnlimited = ({ services, groups, directors }: Caller): boolean =>
  services === undefined && groups === undefined && directors === undefined;
