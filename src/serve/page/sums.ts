import type { ServerRole } from '../../record/rollout-record.ts';
import type { RolloutServiceView } from '../rollout-view.ts';
import type { ServerState, State } from '../state.ts';

export const sum = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((total, item) => total + amount(item), 0);

export const highest = <T>(items: readonly T[], amount: (item: T) => number): number =>
  items.reduce((most, item) => Math.max(most, amount(item)), 0);

/** 0 of nothing is nothing. */
export const part = (amount: number, of: number): number => (of > 0 ? amount / of : 0);

/** A server of a rollout, and how it stands in the table; `now` is absent where it is not in it. */
export interface SeenServer {
  readonly server: string;
  readonly role: ServerRole;
  readonly now: ServerState | undefined;
}

/** The servers of a rollout's service, when the table is the one that is looked at. */
export function serversOf(view: RolloutServiceView, state: State): readonly SeenServer[] {
  const here = view.director === state.director;
  const service = here ? state.services.find((one) => one.service === view.service) : undefined;
  const table = new Map(service?.servers.map((one) => [one.server, one]));
  return view.servers.map(({ server, role }) => ({ server, role, now: table.get(server) }));
}

/** Whose part of the new connections it is, by the kernel's estimate; null while none come. */
export function deliveredShare(seen: readonly SeenServer[], shareOf: 'new' | 'old'): number | null {
  const rate = ({ now }: SeenServer): number => now?.rates.connectionsPerS ?? 0;
  const total = sum(seen, rate);
  const theirs = seen.filter(({ role }) => role === shareOf);
  return total === 0 ? null : sum(theirs, rate) / total;
}
