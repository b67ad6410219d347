import type { EventBody } from '../domain/event.ts';
import { withoutLost } from './director-state.ts';
import type { RolloutState } from './rollout-state.ts';

/** `director-lost`: a director is gone, and with how many the rollout goes on. */
export function lostWarning(state: RolloutState, director: string, reason: string): EventBody {
  const left = withoutLost(state.directors).length - 1;
  return {
    type: 'warning',
    code: 'director-lost',
    message: `director ${director} cannot be reached (${reason}); ${left} of ${state.directors.size} directors are left, and it is asked again every few seconds`,
  };
}

export const resetWarning = (director: string): EventBody => ({
  type: 'warning',
  code: 'director-reset',
  message: `director ${director} has the table from before the rollout again; it is brought to where the others are`,
});

export const regainedWarning = (director: string): EventBody => ({
  type: 'warning',
  code: 'director-regained',
  message: `director ${director} can be reached again, stands where the others do, and counts again`,
});
