import type { RollbackRamp } from '../../domain/rollout/plan.ts';
import { type DirectorState, drainKey } from './director-state.ts';
import { since } from './phases.ts';
import type { RolloutState } from './rollout-state.ts';

/** The state with a ramp for its rollback, which begins now. */
export function withRampBack(state: RolloutState, ramp: RollbackRamp, atMs: number): RolloutState {
  if (state.phase.kind !== 'rolling-back') return state;
  const turned: RolloutState = {
    ...state,
    startAtMs: atMs,
    phase: { ...state.phase, schedule: ramp.schedule },
  };
  return ramp.directors.reduce(
    (before, { director: name, services }) =>
      withDirector(before, name, (director) => ({
        ...director,
        back: { step: -1, steps: new Map(services.map((one) => [one.service, one.steps])) },
      })),
    turned,
  );
}

/**
 * Counts a director again. A server that was empty without this director may not be with it: the
 * server is judged anew, with a new deadline, unless this director has removed it as well.
 */
export function regained(state: RolloutState, name: string, atMs: number): RolloutState {
  const back = withDirector(state, name, ({ lost: _, ...director }) => director);
  const removed = back.directors.get(name)?.removed ?? new Set();
  const services = back.plan.directors.find(({ director }) => director === name)?.services ?? [];
  const held = services.flatMap(({ service, servers }) =>
    servers.map((server) => drainKey(service, server)).filter((key) => !removed.has(key)),
  );
  return {
    ...back,
    phase: since(back.phase, atMs),
    drained: new Set([...back.drained].filter((key) => !held.includes(key))),
  };
}

/** Whether a server has been removed on any director. */
export const wasRemoved = ({ directors }: RolloutState, key: string): boolean =>
  [...directors.values()].some((director) => director.removed.has(key));

/** The state with one director changed, which the plan must have. */
export function withDirector(
  state: RolloutState,
  name: string,
  change: (director: DirectorState) => DirectorState,
): RolloutState {
  const director = state.directors.get(name);
  if (!director) throw new Error(`the journal names a director that the plan does not: ${name}`);
  return { ...state, directors: new Map([...state.directors, [name, change(director)]]) };
}
