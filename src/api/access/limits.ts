import { type Caller, hasRole, isUnlimited, type Role } from '../../domain/actor/caller.ts';
import { parseServerName, type ServerKey, type ServerName } from '../../domain/address.ts';
import type { Failure } from '../../domain/failure.ts';
import { shortList } from '../../domain/printable.ts';
import { type MovedBy, movedServers } from '../../domain/rollout/plan.ts';

/** What a rollout touches, as far as limits of callers ask for that. */
export type TouchedPlan = MovedBy;

/** Says why a caller's role is not enough. */
export const beyondRole = (caller: Caller, wanted: Role): Failure | undefined =>
  hasRole(caller, wanted)
    ? undefined
    : {
        kind: 'preflight',
        what: `the token ${caller.name} has the role ${caller.role}, and this takes ${wanted}`,
        next: 'use a token that may, or have its role changed in the tokens file',
      };

/**
 * Says what of a plan is not the caller's. `own` are the servers of the caller's groups. Where nothing may
 * be told of it, whoever asks says so of the whole. Pure.
 */
export function beyondLimits(
  caller: Caller,
  plan: TouchedPlan,
  own: readonly ServerName[] | undefined,
): Failure | undefined {
  if (isUnlimited(caller)) return undefined;
  const moved = movedServers(plan);
  const services = unique(moved.map(({ service }) => service)).filter(
    (service) => caller.services && !caller.services.includes(service),
  );
  if (services.length > 0) return beyond(caller, services, 'services');
  const directors = unique(moved.map(({ director }) => director)).filter(
    (director) => caller.directors && !caller.directors.includes(director),
  );
  if (directors.length > 0) return beyond(caller, directors, 'directors');
  const servers = unique(moved.map(({ server }) => server)).filter(
    (server) => caller.groups && !isOneOf(server, own ?? []),
  );
  return servers.length > 0 ? beyond(caller, servers, 'groups') : undefined;
}

/** Whether a server is among those that names stand for; a name without a port is every one there. */
export function isOneOf(server: ServerKey, names: readonly ServerName[]): boolean {
  const key = parseServerName(server);
  return names.some(
    ({ address, port }) => address === key?.address && (port === undefined || port === key.port),
  );
}

const beyond = (
  { name }: Caller,
  what: readonly string[],
  field: 'services' | 'directors' | 'groups',
): Failure => ({
  kind: 'preflight',
  what: `${shortList(what)} ${what.length === 1 ? 'is' : 'are'} not among the ${field} of the token ${name}`,
  next: `leave out what is not its own, or have its ${field} changed in the tokens file`,
});

const unique = <T>(items: readonly T[]): readonly T[] => [...new Set(items)];
