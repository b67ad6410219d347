import { exitCodeOf } from '../../domain/failure.ts';
import type { Action } from '../action.ts';
import type { Observation } from '../observe/observation.ts';
import { nextBaseScale, scaleWords } from '../state/base-scale.ts';
import { withoutLost } from '../state/director-state.ts';
import type { RolloutState } from '../state/rollout-state.ts';
import { reachWhenListed } from './freshness.ts';

type End = Extract<Action, { readonly kind: 'end' }>;

/** A pause that lasts longer than this is a hold: others may come meanwhile. */
export const longPauseMs = 60_000;

/**
 * The end of a rollout that is held. Nobody is there to translate weights then, so services go back
 * to their base scale first where their shares allow it; of those that stay the message says so.
 */
export function decideHold(
  state: RolloutState,
  seen: Observation,
  nowMs: number,
  end: End,
): Action {
  const isEditable =
    end.drift === undefined &&
    end.exitCode !== exitCodeOf('director') &&
    end.exitCode !== exitCodeOf('conflict') &&
    seen.stop?.again !== true;
  const back = isEditable ? decideBaseScale(state, seen, nowMs) : undefined;
  if (back) return back;
  const words = scaleWords(state);
  return words === '' ? end : { ...end, message: `${end.message}; ${words}` };
}

/** Takes services back to their base scale; undefined where there is nothing to do, or no way to do it. */
export function decideBaseScale(
  state: RolloutState,
  seen: Observation,
  nowMs: number,
): Action | undefined {
  const isTroubled = withoutLost(state.directors).some(
    ([name]) => Object.keys(seen.directors.get(name)?.troubles ?? {}).length > 0,
  );
  const goal = isTroubled ? undefined : nextBaseScale(state);
  if (!goal) return undefined;
  const { directors, milestone } = goal;
  return reachWhenListed(directors, seen, nowMs, { milestone, dueMs: nowMs });
}
