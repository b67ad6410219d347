import type { Action } from '../action.ts';
import { drainingServers } from '../observe/draining-servers.ts';
import type { Observation } from '../observe/observation.ts';
import { type DirectorState, withoutLost } from '../state/director-state.ts';
import type { RolloutState } from '../state/rollout-state.ts';

/** Has directors reset what is cut off by a removal that is about to come; undefined where they do. */
export function decideBorrow(
  state: RolloutState,
  directors: readonly string[],
): Action | undefined {
  const missing = directors.filter((name) => state.directors.get(name)?.borrowed === undefined);
  return missing.length > 0 ? { kind: 'borrow', directors: missing } : undefined;
}

/** Puts the setting back where nothing is left to remove by force. */
export function decideGiveBack(state: RolloutState, nowMs: number): Action | undefined {
  const done = borrowing(state).filter(([name]) => !isRemoving(state, name, nowMs));
  return giveBack(done.map(([name]) => name));
}

/** Puts the setting back before a rollout ends, however it ends, as far as that can be done. */
export function giveBackFirst(state: RolloutState, seen: Observation): Action | undefined {
  // One that could not be put back is left: the journal has it, for whoever resumes.
  const able = borrowing(state).filter(
    ([name]) => seen.directors.get(name)?.troubles.edit?.failure.code !== 'setting-not-set',
  );
  return giveBack(able.map(([name]) => name));
}

const giveBack = (directors: readonly string[]): Action | undefined =>
  directors.length > 0 ? { kind: 'give-back', directors } : undefined;

const borrowing = ({ directors }: RolloutState): readonly (readonly [string, DirectorState])[] =>
  withoutLost(directors).filter(([, { borrowed }]) => borrowed !== undefined);

/** Whether the deadline is over and servers are to be taken out of this director all the same. */
function isRemoving(state: RolloutState, name: string, nowMs: number): boolean {
  const { phase, plan, directors } = state;
  if (phase.kind !== 'draining' || plan.policy.onTimeout !== 'reset') return false;
  if (nowMs < phase.sinceMs + plan.policy.drainTimeoutMs) return false;
  return drainingServers(state).some(
    (server) => server.directors.includes(name) && !directors.get(name)?.removed.has(server.key),
  );
}
